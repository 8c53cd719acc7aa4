// Any bytes as the answer to SUBSCRIBE: records, then one word of the end and nothing more, however
// the bytes are cut and whenever the stream is dropped.
#include <glog/logging.h>

#include <optional>

#include "supervisor/agent/codec.h"
#include "supervisor/agent/event_stream.h"
#include "supervisor/agent/fuzz_socket.h"
#include "supervisor/base/fuzz_input.h"

namespace mesos_executor::agent {
namespace {

class Observer final : public EventStream::Observer {
 public:
  void OnRecord(std::string record) override {
    CHECK(!ended) << "a record after the end";
    bytes += record.size();
    ProtobufCodec::Decode(record).IgnoreError();
    if (records++ == drop_after) stream.reset();
  }
  void OnRefused(HttpAnswer answer) override {
    CHECK_NE(answer.code, 200);
    CHECK_LE(answer.body.size(), 1024u);
    End();
  }
  void OnClosed(absl::Status why) override {
    CHECK(!why.ok());
    End();
  }

  std::unique_ptr<EventStream> stream;
  // Never, where it is more than come.
  size_t drop_after = 0;
  size_t records = 0;
  size_t bytes = 0;
  bool ended = false;

 private:
  void End() {
    CHECK(!std::exchange(ended, true)) << "ended twice";
    stream.reset();
  }
};

void Test(FuzzInput input, size_t size) {
  Observer observer;
  observer.drop_after = input.Below(255);
  const size_t step = 1 + input.Below(255);
  FuzzSocket* socket = nullptr;
  observer.stream =
      std::make_unique<EventStream>(std::make_unique<FuzzSocket>(&socket), "request", &observer);
  CHECK(socket->Connected(absl::OkStatus()));
  CHECK(socket->Written(absl::OkStatus()));
  absl::string_view bytes = input.Rest();
  while (socket != nullptr && !bytes.empty()) {
    CHECK(socket->Receive(bytes.substr(0, step))) << "deaf";
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  if (socket != nullptr) CHECK(socket->Receive("")) << "deaf";
  CHECK(socket == nullptr && (observer.ended || observer.records > observer.drop_after));
  CHECK_LE(observer.bytes, size);
}

}  // namespace
}  // namespace mesos_executor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::agent::Test({data, size}, size);
  return 0;
}
