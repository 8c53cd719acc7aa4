#include "sidecars/consul_registrar/registrar_fixture.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <utility>

namespace mesos_executor::consul {

using lifecycle::v1::Answer;
using lifecycle::v1::Attach;
using lifecycle::v1::Phase;

void RegistrarFixture::Start() {
  registrar_.reset();
  auto credentials = Credentials::Create(settings_);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  registrar_ = std::make_unique<Registrar>(Registrar::Parts{
      .loop = &loop_,
      .client = std::make_unique<Client>(
          &loop_, std::make_unique<sidecar::Route>("localhost", 8500, consul_.NewResolver()),
          *std::move(credentials), consul_.NewHttpClient(), "", &metrics_),
      .memory = &memory_,
      .metrics = &metrics_,
      .random = [] { return 0.0; }});
}

Attach RegistrarFixture::AttachOf(const std::string& id) {
  Attach attach;
  attach.set_incarnation("A");
  lifecycle::v1::Task& task = *attach.mutable_task();
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(address: "127.0.0.1" ports { number: 80 } labels { key: "consul" value: "web" }
         health_check { tcp { port: 80 } interval { seconds: 5 } timeout { seconds: 1 } })",
      &task));
  task.set_task_id(id);
  return attach;
}

sidecar::TaskState RegistrarFixture::StateOf(Phase phase) {
  return {.phase = phase,
          .health = phase == lifecycle::v1::UNHEALTHY ? lifecycle::v1::HEALTH_UNHEALTHY
                    : phase == lifecycle::v1::HEALTHY ? lifecycle::v1::HEALTH_HEALTHY
                                                      : lifecycle::v1::HEALTH_UNKNOWN};
}

void RegistrarFixture::State(Phase phase, const std::string& id) { State(phase, AttachOf(id)); }

void RegistrarFixture::State(Phase phase, const Attach& attach) {
  registrar_->OnState(Key(attach.task().task_id()), attach, StateOf(phase));
  loop_.Advance(absl::ZeroDuration());
}

void RegistrarFixture::Enter(Phase phase, const std::string& id, absl::Duration deadline) {
  replies_[id].clear();
  registrar_->OnPhase(Key(id), StateOf(phase), deadline, [this, id](sidecar::Reply reply) {
    replies_[id].push_back(reply.outcome);
    reply_ = std::move(reply);
  });
  loop_.Advance(absl::ZeroDuration());
}

void RegistrarFixture::RegisterTask(const std::string& id) {
  State(lifecycle::v1::STARTED, id);
  Enter(lifecycle::v1::HEALTHY, id);
  ASSERT_THAT(replies_[id], ::testing::ElementsAre(Answer::OK));
  ASSERT_TRUE(InConsul(id + "_web_80"));
}

}  // namespace mesos_executor::consul
