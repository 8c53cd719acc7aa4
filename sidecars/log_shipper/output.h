// Where entries go: a receiver such as Logstash, behind a connection that may break.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUT_H_
#define SIDECARS_LOG_SHIPPER_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace mesos_executor::log_shipper {

// Lives on the loop's thread. Connects, and connects again, by itself; never blocks.
class Output {
 public:
  // Called from the loop only, never from within a call of Output's methods.
  class Listener {
   public:
    virtual ~Listener() = default;
    // ready() has become true.
    virtual void OnReady() = 0;
    // The connection broke: of what was sent on it, the receiver's kernel may have lost what it had
    // not yet passed on. What comes next goes to a new connection, where written() starts at 0.
    // Never called where resends() is false.
    virtual void OnBroken(const absl::Status& why) = 0;
    // Entries that were sent can't be delivered: too long, or refused. written() counts them, too.
    virtual void OnDropped(uint64_t entries, const char* reason) = 0;
  };

  virtual ~Output() = default;

  // Whether Send may be called: there is a connection, and little waits to be written to it.
  virtual bool ready() const = 0;

  // Takes whole entries, each a JSON object and '\n'. Only while ready().
  virtual void Send(std::string entries) = 0;

  // How many lines of one stream may go before another stream has its turn. Few where lines, not
  // bytes, take time: at the receiver's pace, a batch is what the next line has to wait for.
  virtual size_t lines_a_turn() const { return SIZE_MAX; }

  // How many bytes of the entries, as they were sent on this connection, have left us for good: the
  // receiver's kernel has acknowledged them where that can be told (TCP: SIOCOUTQ, tcp(7)), else
  // ours has taken them.
  virtual uint64_t written() const = 0;

  // Whether what was written may have to be sent again when the connection breaks. False for
  // receivers without connections.
  virtual bool resends() const = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUT_H_
