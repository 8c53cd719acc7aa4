#include "supervisor/agent/event_stream.h"

#include <utility>
#include <vector>

namespace mesos_executor::agent {

EventStream::EventStream(std::unique_ptr<AgentSocket> socket, std::string request,
                         Observer* observer)
    : socket_(std::move(socket)), observer_(observer), parser_([this](absl::string_view body) {
        if (parser_.code() != 200) return answer_.Append(body);
        for (std::string& record : decoder_.Decode(body)) records_.push_back(std::move(record));
      }) {
  socket_->Connect([this, request = std::move(request)](absl::Status connected) mutable {
    if (!connected.ok()) return Close(std::move(connected));
    connected_ = true;
    socket_->Write(std::move(request), [this](absl::Status written) {
      if (!written.ok()) return Close(std::move(written));
      Read();
    });
  });
}

EventStream::~EventStream() { *destroyed_ = true; }

void EventStream::Read() {
  socket_->Read([this](absl::StatusOr<absl::string_view> bytes) {
    if (!bytes.ok()) return Close(bytes.status());
    if (bytes->empty()) return TakeEnd();
    Take(*bytes);
  });
}

void EventStream::Take(absl::string_view bytes) {
  const absl::Status parsed = parser_.Parse(bytes);
  const auto destroyed = destroyed_;
  for (std::string& record : std::exchange(records_, {})) {
    observer_->OnRecord(std::move(record));
    if (*destroyed) return;
  }
  if (!decoder_.status().ok()) return Close(decoder_.status());
  if (!parsed.ok()) return Close(parsed);
  if (parser_.done()) return TakeEnd();
  Read();
}

void EventStream::TakeEnd() {
  const absl::Status ended = parser_.End();
  if (!ended.ok()) return Close(ended);
  if (parser_.code() != 200) {
    answer_.code = parser_.code();
    return observer_->OnRefused(std::move(answer_));
  }
  Close(decoder_.at_border() ? absl::UnavailableError("the agent closed the event stream")
                             : absl::DataLossError("the agent's event stream ended in mid-record"));
}

void EventStream::Close(absl::Status why) { observer_->OnClosed(std::move(why)); }

}  // namespace mesos_executor::agent
