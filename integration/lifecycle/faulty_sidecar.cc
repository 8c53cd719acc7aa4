#include "integration/lifecycle/faulty_sidecar.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace mesos_executor::lifecycle {
namespace {

// How long the slow one takes, and one that is started again.
constexpr absl::Duration kWhile = absl::Milliseconds(50);
constexpr size_t kHalfAnAnswer = 500;
// Just within what a message may have; all of it is far more than the supervisor may ever hold.
constexpr size_t kFloodMessageBytes = 120 << 10;
constexpr int kFloodMessages = 2000;

v1::Answer AnswerOf(v1::Answer::Outcome outcome) {
  v1::Answer answer;
  answer.set_outcome(outcome);
  return answer;
}

v1::Answer AnswerWithVariables(int count, const std::string& name) {
  v1::Answer answer = AnswerOf(v1::Answer::OK);
  for (int i = 0; i < count; ++i) answer.add_environment()->set_name(name);
  return answer;
}

// Copies until the end of one side, or until nothing is left to let through; true in that case.
bool Copy(int from, int to, std::atomic<int64_t>* left) {
  char bytes[4096];
  for (;;) {
    const ssize_t got = read(from, bytes, sizeof(bytes));
    if (got <= 0) break;
    const ssize_t may = std::min<int64_t>(got, *left);
    for (ssize_t sent = 0; sent < may;) {
      const ssize_t n = send(to, bytes + sent, may - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += n;
    }
    if (may < got) return true;
  }
  shutdown(to, SHUT_WR);
  return false;
}

}  // namespace

FaultySidecar::FaultySidecar(Fault fault, v1::Phase before, v1::Phase phase)
    : fault_(fault),
      before_(before),
      phase_(phase),
      struck_(OfConnection(fault) && before == v1::PHASE_UNSPECIFIED),
      daemon_(std::make_unique<TestDaemon>(
          [this](Conversation& supervisor) { return Converse(supervisor); })) {}

FaultySidecar::~FaultySidecar() {
  over_.Notify();
  StopListening();
  CutConnections();
  daemon_.reset();
  for (std::thread& thread : threads_) thread.join();
}

void FaultySidecar::ServeAt(const std::string& socket) {
  socket_ = socket;
  Listen();
  if (struck_) Strike();
}

void FaultySidecar::ServeOnly(UniqueFd connection) { Serve(std::move(connection)); }

void FaultySidecar::Listen() {
  sockaddr_un address = {AF_UNIX, {}};
  CHECK_LT(socket_.size(), sizeof(address.sun_path));
  socket_.copy(address.sun_path, socket_.size());
  unlink(socket_.c_str());
  UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  PCHECK(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  PCHECK(chmod(socket_.c_str(), 0666) == 0);
  PCHECK(listen(listener.get(), SOMAXCONN) == 0);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (over_.HasBeenNotified()) return;  // It is being destroyed.
  listener_ = std::make_shared<UniqueFd>(std::move(listener));
  threads_.emplace_back([this, listener = listener_] { AcceptAll(listener->get()); });
}

void FaultySidecar::AcceptAll(int listener) {
  for (;;) {
    UniqueFd connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    // StopListening has this effect, too: unix(7) knows no other.
    if (!connection.valid()) return;
    if (fault_ == Fault::kGarbage && struck_) {
      [[maybe_unused]] const ssize_t sent = send(connection.get(), "?\r\n\r\n", 5, MSG_NOSIGNAL);
      continue;
    }
    Serve(fault_ == Fault::kDiesWhile ? CutShort(std::move(connection)) : std::move(connection));
  }
}

void FaultySidecar::Serve(UniqueFd connection) {
  PCHECK(fcntl(connection.get(), F_SETFL, O_NONBLOCK) == 0);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (over_.HasBeenNotified()) return;  // So is the daemon.
  connections_.emplace_back(fcntl(connection.get(), F_DUPFD_CLOEXEC, 0));
  daemon_->Serve(std::move(connection));
}

UniqueFd FaultySidecar::CutShort(UniqueFd connection) {
  int ends[2];
  PCHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const auto inner = std::make_shared<UniqueFd>(ends[0]);
  const auto outer = std::make_shared<UniqueFd>(std::move(connection));
  const std::lock_guard<std::mutex> lock(mutex_);
  connections_.emplace_back(fcntl(outer->get(), F_DUPFD_CLOEXEC, 0));
  threads_.emplace_back([this, inner, outer] {
    if (Copy(inner->get(), outer->get(), &left_)) Die();
  });
  threads_.emplace_back([inner, outer] {
    std::atomic<int64_t> all = INT64_MAX;
    Copy(outer->get(), inner->get(), &all);
  });
  return UniqueFd(ends[1]);
}

void FaultySidecar::CutConnections() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const UniqueFd& connection : connections_) shutdown(connection.get(), SHUT_RDWR);
  connections_.clear();
}

// From here on who connects is refused (ECONNREFUSED), and accept returns.
void FaultySidecar::StopListening() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (listener_ != nullptr) shutdown(listener_->get(), SHUT_RDWR);
}

void FaultySidecar::Die() {
  if (private_one()) _exit(1);
  StopListening();
  CutConnections();
}

void FaultySidecar::Strike() {
  struck_ = true;
  if (private_one()) _exit(1);
  if (fault_ == Fault::kDown) StopListening();
  if (fault_ == Fault::kForbidden) PCHECK(chmod(socket_.c_str(), 0) == 0);
  CutConnections();
}

grpc::Status FaultySidecar::Converse(Conversation& supervisor) {
  const auto attach = supervisor.Read();
  const auto state = supervisor.Read();
  if (!state.has_value()) return grpc::Status::OK;
  // One that comes back, or is a successor, may never have been told of that phase itself.
  if (OfConnection(fault_) && !struck_ && state->state().phase() >= before_) {
    struck_ = true;
    if (!private_one()) Strike();
  }
  if (struck_) return BadStream(supervisor);
  supervisor.Accept();
  while (const auto event = supervisor.ReadEvent()) {
    if (event->phase() == phase_ && !OfConnection(fault_) && !well_) {
      if (const auto end = Misbehave(supervisor, event->seq())) return *end;
      continue;
    }
    supervisor.Answer(event->seq(), AnswerOf(v1::Answer::OK));
    if (event->phase() == before_ && OfConnection(fault_)) Strike();
  }
  return grpc::Status::OK;
}

grpc::Status FaultySidecar::BadStream(Conversation& supervisor) {
  switch (fault_) {
    case Fault::kRefuses:
      return {grpc::StatusCode::PERMISSION_DENIED, "the task is another user's"};
    case Fault::kOtherVersions:
      return {grpc::StatusCode::FAILED_PRECONDITION, "no version in common"};
    case Fault::kUnofferedVersion:
      supervisor.Accept(2);
      break;
    case Fault::kAcceptsTwice:
      supervisor.Accept();
      supervisor.Accept();
      break;
    case Fault::kAnswersFirst:
      supervisor.Answer(1, AnswerOf(v1::Answer::OK));
      break;
    case Fault::kNeverAccepts:
      break;
    default:
      if (private_one()) Die();
  }
  supervisor.ReadAll();
  return grpc::Status::OK;
}

std::optional<grpc::Status> FaultySidecar::Misbehave(Conversation& supervisor, uint64_t seq) {
  const auto answer = [&](v1::Answer answer) { supervisor.Answer(seq, std::move(answer)); };
  v1::Answer ok = AnswerOf(v1::Answer::OK);
  switch (fault_) {
    case Fault::kSlow:
      absl::SleepFor(kWhile);
      answer(ok);
      break;
    case Fault::kHangs:
      supervisor.ReadAll();
      break;
    case Fault::kStopsReading:
      over_.WaitForNotification();
      break;
    case Fault::kDiesBefore:
      Die();
      return grpc::Status::OK;
    case Fault::kDiesWhile:
      if (private_one()) Die();
      left_ = kHalfAnAnswer;
      ok.set_message(std::string(2 * kHalfAnAnswer, 'x'));
      answer(ok);
      supervisor.ReadAll();
      break;
    case Fault::kDiesAfter:
      // Nobody can come back, and the stream ends in order behind its answer.
      StopListening();
      answer(ok);
      return grpc::Status::OK;
    case Fault::kRestarts:
      Die();
      well_ = true;
      absl::SleepFor(kWhile);
      Listen();
      return grpc::Status::OK;
    case Fault::kReplaced:
      well_ = true;
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the sidecar is stopping");
    case Fault::kFails:
      answer(AnswerOf(v1::Answer::FAILED));
      break;
    case Fault::kPends:
      answer(AnswerOf(v1::Answer::PENDING));
      break;
    case Fault::kUnknownOutcome:
      answer(AnswerOf(static_cast<v1::Answer::Outcome>(77)));
      break;
    case Fault::kTwice:
      answer(ok);
      answer(AnswerOf(v1::Answer::FAILED));
      break;
    case Fault::kWrongNumber:
      supervisor.Answer(seq - 1, AnswerOf(v1::Answer::FAILED));
      supervisor.Answer(seq + 1, AnswerOf(v1::Answer::FAILED));
      break;
    case Fault::kBadName:
      answer(AnswerWithVariables(1, "BAD-NAME"));
      break;
    case Fault::kTooManyVariables:
      answer(AnswerWithVariables(65, "V"));
      break;
    case Fault::kTooLong:
      ok.set_message(std::string(1 << 20, 'x'));
      answer(ok);
      break;
    case Fault::kFloods:
      ok.set_message(std::string(kFloodMessageBytes, 'x'));
      for (int i = 0; i < kFloodMessages && !over_.HasBeenNotified(); ++i) {
        supervisor.Answer(seq + 1, ok);
      }
      break;
    default:
      answer(ok);
  }
  return std::nullopt;
}

}  // namespace mesos_executor::lifecycle
