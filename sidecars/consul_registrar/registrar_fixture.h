// For tests in simulated time: a registrar with a scripted Consul, driven phase by phase.
#ifndef SIDECARS_CONSUL_REGISTRAR_REGISTRAR_FIXTURE_H_
#define SIDECARS_CONSUL_REGISTRAR_REGISTRAR_FIXTURE_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sidecars/consul_registrar/registrar.h"
#include "sidecars/consul_registrar/scripted_consul.h"
#include "sidecars/runtime/metrics.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::consul {

class FakeMemory final : public sidecar::Memory {
 public:
  void Remember(const sidecar::TaskKey& key, const std::string& record) override {
    records[key.task_id] = record;
  }
  void Forget(const sidecar::TaskKey& key) override {
    records.erase(key.task_id);
    forgotten.push_back(key.task_id);
  }
  std::map<std::string, std::string> records;
  std::vector<std::string> forgotten;
};

class RegistrarFixture : public ::testing::Test {
 protected:
  using Mood = ScriptedConsul::Mood;

  // The service of the task "a.1".
  static constexpr char kWeb[] = "a.1_web_80";

  RegistrarFixture() { Start(); }

  // A new process of the sidecar, which knows only what Memory kept.
  void Start();

  static sidecar::TaskKey Key(const std::string& id = "a.1") {
    return {.uid = 0, .framework_id = "f", .executor_id = "e", .task_id = id};
  }
  // With one port, 80, the label `consul`, and a TCP check.
  static lifecycle::v1::Attach AttachOf(const std::string& id = "a.1");
  static sidecar::TaskState StateOf(lifecycle::v1::Phase phase);

  void State(lifecycle::v1::Phase phase, const std::string& id = "a.1");
  void State(lifecycle::v1::Phase phase, const lifecycle::v1::Attach& attach);

  // The outcomes are collected in replies_[id], the newest whole in reply_.
  void Enter(lifecycle::v1::Phase phase, const std::string& id = "a.1",
             absl::Duration deadline = absl::Seconds(10));

  void RegisterTask(const std::string& id = "a.1");

  bool InConsul(const std::string& service = kWeb) const {
    return consul_.services.contains(service);
  }

  ManualEventLoop loop_;
  ScriptedConsul consul_{&loop_};
  FakeMemory memory_;
  sidecar::Metrics metrics_;
  // Of the next process.
  ConsulSettings settings_;
  std::unique_ptr<Registrar> registrar_;
  std::map<std::string, std::vector<lifecycle::v1::Answer::Outcome>> replies_;
  sidecar::Reply reply_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_REGISTRAR_FIXTURE_H_
