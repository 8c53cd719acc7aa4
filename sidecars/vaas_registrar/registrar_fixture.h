// What the tests of the registrar share: one in simulated time, beside a scripted VaaS.
#ifndef SIDECARS_VAAS_REGISTRAR_REGISTRAR_FIXTURE_H_
#define SIDECARS_VAAS_REGISTRAR_REGISTRAR_FIXTURE_H_

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sidecars/vaas_registrar/registrar.h"
#include "sidecars/vaas_registrar/scripted_vaas.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::vaas {

inline constexpr char kWeb[] = "web:10.0.0.7:80 1";

class FakeMemory final : public sidecar::Memory {
 public:
  void Remember(const sidecar::TaskKey& key, const std::string& record) override {
    records[key.task_id] = record;
  }
  void Forget(const sidecar::TaskKey& key) override { records.erase(key.task_id); }
  std::map<std::string, std::string> records;
};

// Its tasks have the id "a" and the director web where nothing else is said.
class RegistrarTest : public ::testing::Test {
 protected:
  RegistrarTest() { Start(); }

  // A new process of the sidecar, which knows only what Memory kept.
  void Start() {
    registrar_.reset();
    registrar_ = std::make_unique<Registrar>(Registrar::Parts{
        .loop = &loop_,
        .client = std::make_unique<Client>(
            &loop_,
            VaasServer{.route = std::make_unique<sidecar::Route>(UnixEndpoint{"/vaas"}),
                       .tls = nullptr,
                       .username = "user",
                       .key = "key"},
            vaas_.NewHttpClient()),
        .memory = &memory_,
        .metrics = &metrics_,
        .random = [] { return 0.0; },
        .async_timeout = absl::Seconds(90)});
  }
  // Kill -9, and the next process, which reads the journal.
  void Restart() {
    const auto records = memory_.records;
    Start();
    for (const auto& [id, record] : records) registrar_->OnRecovered(Key(id), record);
  }

  static sidecar::TaskKey Key(const std::string& id) {
    return {.uid = 0, .framework_id = "f", .executor_id = "e", .task_id = id};
  }

  void State(lifecycle::v1::Phase phase, const std::string& id = "a") {
    lifecycle::v1::Attach attach;
    attach.set_incarnation("A");
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        facts_ + R"( address: "10.0.0.7" settings { key: "CLOUD_DC" value: "dc1" })",
        attach.mutable_task()));
    if (attach.task().ports().empty()) attach.mutable_task()->add_ports()->set_number(port_);
    attach.mutable_task()->set_task_id(id);
    registrar_->OnState(Key(id), attach, {.phase = phase});
    loop_.Advance(absl::ZeroDuration());
  }

  // The outcomes are collected in replies_[id].
  void Enter(lifecycle::v1::Phase phase, const std::string& id = "a",
             absl::Duration deadline = absl::Seconds(10)) {
    replies_[id].clear();
    registrar_->OnPhase(Key(id), {.phase = phase}, deadline, [this, id](sidecar::Reply reply) {
      replies_[id].push_back(reply.outcome);
      last_ = reply;
    });
    // As many turns of the loop as the steps take, and no time.
    for (int turn = 0; turn < 50; ++turn) loop_.Advance(absl::ZeroDuration());
  }

  void Begin(const std::string& id = "a") {
    State(lifecycle::v1::STARTED, id);
    Enter(lifecycle::v1::HEALTHY, id);
  }
  void Register(const std::string& id = "a") {
    Begin(id);
    loop_.Advance(absl::Seconds(1));
    ASSERT_THAT(replies_[id], ::testing::ElementsAre(lifecycle::v1::Answer::OK)) << last_.message;
  }
  // The backend of port 80, as somebody else's or as what is carried out late.
  void AddByHand() {
    vaas_.vaas.Answer({.method = "POST",
                       .target = "/api/v0.1/backend/",
                       .authorization = "ApiKey user:key",
                       .content_type = "application/json",
                       .body = R"({"address": "10.0.0.7", "port": 80, "dc": "/api/v0.1/dc/1/",
                                   "director": "/api/v0.1/director/2/"})"});
  }
  void RegisterAt(const std::string& id, uint16_t port) {
    port_ = port;
    Register(id);
  }

  ManualEventLoop loop_;
  ScriptedVaas vaas_{&loop_};
  FakeMemory memory_;
  sidecar::Metrics metrics_;
  std::unique_ptr<Registrar> registrar_;
  std::string facts_ = R"(labels { key: "director" value: "web" })";
  uint16_t port_ = 80;
  std::map<std::string, std::vector<lifecycle::v1::Answer::Outcome>> replies_;
  sidecar::Reply last_;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_REGISTRAR_FIXTURE_H_
