#include "supervisor/agent/call_connection.h"

#include <glog/logging.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::agent {

CallConnection::CallConnection(EventLoop* loop, AgentSocketFactory new_socket,
                               absl::Duration timeout)
    : loop_(loop), new_socket_(std::move(new_socket)), timeout_(timeout) {}

void CallConnection::Post(std::string request, Done done) {
  CHECK(!done_) << "one call at a time";
  request_ = std::move(request);
  done_ = std::move(done);
  deadline_ = loop_->After(timeout_, [this] {
    socket_.reset();
    Finish(absl::DeadlineExceededError(
        absl::StrCat("the agent has not answered a call for ", absl::FormatDuration(timeout_))));
  });
  reused_ = socket_ != nullptr;
  reused_ ? Write() : Open();
}

void CallConnection::Close() {
  socket_.reset();
  deadline_.reset();
  done_ = nullptr;
}

void CallConnection::Open() {
  socket_ = new_socket_();
  socket_->Connect([this](absl::Status connected) {
    if (!connected.ok()) return Break(std::move(connected));
    Write();
    Read();
  });
}

void CallConnection::Write() {
  writing_ = true;
  answer_ = {};
  parser_ = std::make_unique<HttpResponseParser>(
      [this](absl::string_view body) { answer_.Append(body); });
  socket_->Write(request_, [this](absl::Status written) {
    writing_ = false;
    if (!written.ok()) Break(std::move(written));
  });
}

// There is always one read under way, so that an end between calls is noticed.
void CallConnection::Read() {
  socket_->Read([this](absl::StatusOr<absl::string_view> bytes) { Take(std::move(bytes)); });
}

void CallConnection::Take(absl::StatusOr<absl::string_view> bytes) {
  if (!done_) {  // Between calls the agent can only close.
    socket_.reset();
    return;
  }
  if (!bytes.ok()) return Break(bytes.status());
  const absl::Status parsed = bytes->empty() ? parser_->End() : parser_->Parse(*bytes);
  if (!parsed.ok()) return Break(parsed);
  if (!parser_->done()) return Read();
  answer_.code = parser_->code();
  // An agent may refuse a call before it has got all of it (RFC 9112, 9.3). The rest must not meet
  // the next one.
  if (bytes->empty() || !parser_->reusable() || writing_) {
    socket_.reset();
  } else {
    Read();
  }
  Finish(std::move(answer_));
}

void CallConnection::Break(absl::Status why) {
  socket_.reset();
  if (!done_) return;
  // What was sent on a connection that the agent was closing is sent once more: all our calls may
  // be repeated.
  if (std::exchange(reused_, false) && parser_->code() == 0) return Open();
  Finish(std::move(why));
}

void CallConnection::Finish(absl::StatusOr<HttpAnswer> answer) {
  deadline_.reset();
  // Moved out, as it may post the next call.
  auto done = std::exchange(done_, nullptr);
  done(std::move(answer));
}

}  // namespace mesos_executor::agent
