#include "integration/lifecycle/observed_sidecar.h"

#include <glog/logging.h>
#include <stdlib.h>

#include <filesystem>
#include <iterator>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_vaas/fake_vaas.h"
#include "integration/scenarios/eventually.h"

namespace mesos_executor::lifecycle {
namespace {

namespace fs = std::filesystem;
using sidecar::SidecarProcess;

class Recorder final : public ObservedSidecar {
 public:
  std::string program() const override { return "sidecars/runtime/recorder"; }
  std::vector<std::string> environment() const override { return {"RECORDER_WORD=recorder"}; }
  void Forget() override {}
  // The state is told before the phase, and again to a successor.
  bool AwaitDone(SidecarProcess* process, size_t tasks) override {
    return AwaitEach(process, "state ", tasks);
  }
  bool AwaitUndone(SidecarProcess* process, size_t tasks) override {
    return AwaitEach(process, "undo ", tasks);
  }

 private:
  static bool AwaitEach(SidecarProcess* process, const std::string& word, size_t tasks) {
    for (std::set<std::string> seen; seen.size() < tasks;) {
      const std::string line = process->NextLine();
      if (line == "end" || line == "nothing for a minute") return false;
      if (absl::StartsWith(line, word)) seen.insert(line);
    }
    return true;
  }
};

class ConsulRegistrar final : public ObservedSidecar {
 public:
  std::string program() const override { return "sidecars/consul_registrar/consul-registrar"; }
  std::vector<std::string> environment() const override {
    return {"CONSUL_HTTP_ADDR=" + consul_.address()};
  }
  void Forget() override {
    consul_.Stop();
    consul_.StartEmpty();
  }
  bool AwaitDone(SidecarProcess*, size_t tasks) override {
    return Eventually([&] { return consul_.Services().size() == tasks; });
  }
  bool AwaitUndone(SidecarProcess*, size_t) override {
    return Eventually([&] { return consul_.Services().empty(); });
  }

 private:
  fake_consul::FakeConsul consul_;
};

class VaasRegistrar final : public ObservedSidecar {
 public:
  VaasRegistrar() {
    auto vaas = fake_vaas::FakeVaas::Start({});
    CHECK(vaas.ok()) << vaas.status();
    vaas_ = *std::move(vaas);
  }
  std::string program() const override { return "sidecars/vaas_registrar/vaas-registrar"; }
  std::vector<std::string> environment() const override {
    return {absl::StrCat("VAAS_HOST=http://127.0.0.1:", vaas_->port()), "VAAS_USERNAME=user",
            "VAAS_TOKEN=key"};
  }
  void Forget() override {
    for (const auto& [id, backend] : vaas_->Backends()) vaas_->Remove(id);
  }
  bool AwaitDone(SidecarProcess*, size_t tasks) override {
    return Eventually([&] { return vaas_->Backends().size() == tasks; });
  }
  bool AwaitUndone(SidecarProcess*, size_t) override {
    return Eventually([&] { return vaas_->Backends().empty(); });
  }

 private:
  std::unique_ptr<fake_vaas::FakeVaas> vaas_;
};

class ExecSidecar final : public ObservedSidecar {
 public:
  ExecSidecar() {
    std::string folder = "/tmp/exec-sidecar.XXXXXX";
    PCHECK(mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
  }
  ~ExecSidecar() override { fs::remove_all(folder_); }
  std::string program() const override { return "sidecars/exec_sidecar/exec-sidecar"; }
  std::vector<std::string> environment() const override {
    return {"PATH=/usr/bin:/bin", "EXEC_PHASES=healthy,terminated",
            absl::StrCat("EXEC_COMMAND=f=", folder_,
                         "/$TASK_ID; case $PHASE in healthy) : >$f;; *) rm -f $f;; esac")};
  }
  void Forget() override {
    for (const auto& file : fs::directory_iterator(folder_)) fs::remove(file.path());
  }
  bool AwaitDone(SidecarProcess*, size_t tasks) override {
    return Eventually([&] { return Files() == tasks; });
  }
  bool AwaitUndone(SidecarProcess*, size_t) override {
    return Eventually([&] { return Files() == 0; });
  }

 private:
  size_t Files() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }
  std::string folder_;
};

}  // namespace

std::unique_ptr<SidecarProcess> RunObserved(const ObservedSidecar& sidecar,
                                            const std::vector<std::string>& flags) {
  // Fewer descriptors than a crowd needs: it has to raise its limit itself.
  std::vector<std::string> argv = {
      "/bin/sh", "-c", "ulimit -S -n 100; exec \"$0\" \"$@\" 2>/dev/null", sidecar.program()};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return std::make_unique<SidecarProcess>(std::move(argv), sidecar.environment());
}

std::unique_ptr<ObservedSidecar> ObservedRecorder() { return std::make_unique<Recorder>(); }

std::unique_ptr<ObservedSidecar> ObservedConsulRegistrar() {
  return std::make_unique<ConsulRegistrar>();
}

std::unique_ptr<ObservedSidecar> ObservedVaasRegistrar() {
  return std::make_unique<VaasRegistrar>();
}

std::unique_ptr<ObservedSidecar> ObservedExecSidecar() { return std::make_unique<ExecSidecar>(); }

}  // namespace mesos_executor::lifecycle
