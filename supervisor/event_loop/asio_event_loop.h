// The EventLoop of our processes, on Boost.Asio's io_context.
#ifndef SUPERVISOR_EVENT_LOOP_ASIO_EVENT_LOOP_H_
#define SUPERVISOR_EVENT_LOOP_ASIO_EVENT_LOOP_H_

#include <boost/asio/io_context.hpp>
#include <memory>

#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor {

class AsioEventLoop final : public EventLoop {
 public:
  AsioEventLoop();
  AsioEventLoop(const AsioEventLoop&) = delete;
  AsioEventLoop& operator=(const AsioEventLoop&) = delete;

  absl::Time Now() const override;
  std::unique_ptr<Pending> After(absl::Duration delay, absl::AnyInvocable<void()> callback) override;
  std::unique_ptr<Pending> WatchReadable(int fd, absl::AnyInvocable<void()> callback) override;
  void Post(absl::AnyInvocable<void()> callback) override;

  // Runs callbacks on the calling thread, which becomes the loop's thread, until Stop() is called.
  void Run();

  // Makes Run() return after the current callback. From any thread.
  void Stop();

  // For the few files that do HTTP with Beast; everything else uses EventLoop.
  boost::asio::io_context& io_context() { return io_context_; }

 private:
  boost::asio::io_context io_context_;
  // The wall clock when the loop was made, and the steady clock then: Now() is the first plus what the second has gone on.
  const absl::Time started_;
  const absl::Duration steady_started_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_EVENT_LOOP_ASIO_EVENT_LOOP_H_
