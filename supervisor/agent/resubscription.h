// When to subscribe again, and when to stop trying: the clocks of executor-agent outages.
#ifndef SUPERVISOR_AGENT_RESUBSCRIPTION_H_
#define SUPERVISOR_AGENT_RESUBSCRIPTION_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "supervisor/agent/random.h"

namespace mesos_executor::agent {

// Pure. An outage starts with Start() or the first Failed(), and ends only with Subscribed(): an
// agent that accepts connections may still be recovering.
//
// A restarted agent takes subscriptions for 2 s (--executor_reregistration_timeout, which we are
// told as the longest backoff) and destroys those who were late. So the first try comes at once,
// and the others at random times well inside that window.
class Resubscription {
 public:
  struct Options {
    // The framework checkpoints: the agent will know us when it comes back. Otherwise a lost
    // connection is for good.
    bool checkpoint = false;
    // The longest outage that we wait out.
    absl::Duration recovery_timeout;
    absl::Duration backoff_max;
    // The longest wait for an answer to SUBSCRIBE, and the shortest, where backoff_max is no
    // longer.
    absl::Duration http_timeout;
    absl::Duration shortest_attempt = absl::Seconds(1);
  };

  enum class Failure {
    kGone,      // No connection, or it broke.
    kSilent,    // No answer in time.
    kRefused,   // The agent doesn't know us: it says that our framework or executor "cannot be
                // found", or that our token isn't ours.
    kAnswered,  // Another refusal, or an answer that made us hang up: the agent lives.
  };

  // How long a first subscription may take where nothing is checkpointed: after that the agent has
  // destroyed the container anyway (--executor_registration_timeout).
  static constexpr absl::Duration kFirstSubscription = absl::Minutes(1);
  // So often, and for so long, an agent must say that it doesn't know us before we believe it.
  static constexpr int kRefusals = 3;
  static constexpr absl::Duration kRefusedFor = absl::Seconds(10);
  // A subscription shorter than this is no reason to hurry: somebody may be stealing it.
  static constexpr absl::Duration kSettled = absl::Seconds(1);

  Resubscription(const Options& options, RandomBits random);

  void Start(absl::Time now);
  void Subscribed(absl::Time now);

  // The subscription, or an attempt at one, failed. When to try again, or nothing when it is over:
  // `why` then says so.
  std::optional<absl::Time> Failed(Failure failure, absl::Time now, absl::Status& why);

  // When the outage has lasted too long; never, if there is none.
  absl::Time deadline() const { return deadline_; }

  // How long the next attempt may take until SUBSCRIBED: short at first, as an agent that stopped
  // between accept() and its answer will never give one; longer after each silence, as it may only
  // be slow.
  absl::Duration attempt_timeout() const;

 private:
  const Options options_;
  const RandomBits random_;
  absl::Time deadline_ = absl::InfiniteFuture();
  absl::Time subscribed_ = absl::InfinitePast();
  bool ever_subscribed_ = false;
  bool in_outage_ = false;
  int silences_ = 0;
  int refusals_ = 0;
  absl::Time first_refusal_;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_RESUBSCRIPTION_H_
