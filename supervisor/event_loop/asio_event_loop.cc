#include "supervisor/event_loop/asio_event_loop.h"

#include <poll.h>
#include <time.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "absl/time/clock.h"

namespace mesos_executor {
namespace {

namespace asio = boost::asio;

absl::Duration SteadyNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

class AsioTimer final : public Pending {
 public:
  AsioTimer(asio::io_context& io_context, absl::Duration delay, absl::AnyInvocable<void()> callback)
      : timer_(io_context), callback_(std::make_shared<Callback>(std::move(callback))) {
    timer_.expires_after(absl::ToChronoNanoseconds(delay));
    timer_.async_wait([callback = callback_](boost::system::error_code) {
      // A timer that has expired can no longer be cancelled, only disarmed. Moved out, as the
      // callback may destroy it.
      if (auto fire = std::exchange(*callback, nullptr)) fire();
    });
  }
  ~AsioTimer() override { *callback_ = nullptr; }

 private:
  using Callback = absl::AnyInvocable<void()>;
  asio::steady_timer timer_;
  const std::shared_ptr<Callback> callback_;
};

class AsioFdWatch final : public Pending {
 public:
  AsioFdWatch(asio::io_context& io_context, int fd, absl::AnyInvocable<void()> callback)
      : watch_(std::make_shared<Watch>(
            Watch{asio::posix::stream_descriptor(io_context, fd), std::move(callback)})) {
    Wait(watch_);
  }
  ~AsioFdWatch() override {
    watch_->ended = true;
    watch_->descriptor.release();  // The descriptor is the caller's: not closed here.
  }

 private:
  struct Watch {
    asio::posix::stream_descriptor descriptor;
    absl::AnyInvocable<void()> callback;
    bool ended = false;
  };

  static void Wait(const std::shared_ptr<Watch>& watch) {
    watch->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 [watch](boost::system::error_code error) {
                                   if (watch->ended || error == asio::error::operation_aborted)
                                     return;
                                   if (IsReadable(watch->descriptor.native_handle()))
                                     watch->callback();
                                   if (!watch->ended) Wait(watch);
                                 });
  }

  // Asio keeps what it knows of a descriptor in a place that the next one may get, with news of the
  // old one still on its way: asks the kernel, as whoever watches a pidfd takes our word for a
  // death.
  static bool IsReadable(int fd) {
    pollfd state = {.fd = fd, .events = POLLIN};
    return poll(&state, 1, 0) > 0;
  }

  const std::shared_ptr<Watch> watch_;
};

}  // namespace

AsioEventLoop::AsioEventLoop()
    // One thread runs the loop; others only post.
    : io_context_(1), started_(absl::Now()), steady_started_(SteadyNow()) {}

absl::Time AsioEventLoop::Now() const { return started_ + (SteadyNow() - steady_started_); }

std::unique_ptr<Pending> AsioEventLoop::After(absl::Duration delay,
                                              absl::AnyInvocable<void()> callback) {
  return std::make_unique<AsioTimer>(io_context_, delay, std::move(callback));
}

std::unique_ptr<Pending> AsioEventLoop::WatchReadable(int fd, absl::AnyInvocable<void()> callback) {
  return std::make_unique<AsioFdWatch>(io_context_, fd, std::move(callback));
}

void AsioEventLoop::Post(absl::AnyInvocable<void()> callback) {
  asio::post(io_context_, [callback = std::move(callback)]() mutable { callback(); });
}

void AsioEventLoop::Run() {
  const auto work = asio::make_work_guard(io_context_);
  io_context_.run();
}

void AsioEventLoop::Stop() { io_context_.stop(); }

}  // namespace mesos_executor
