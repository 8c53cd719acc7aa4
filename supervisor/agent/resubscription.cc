#include "supervisor/agent/resubscription.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::agent {
namespace {

constexpr absl::Duration kShortestBackoff = absl::Milliseconds(50);

absl::Status Because(absl::string_view verdict, const absl::Status& why) {
  return absl::Status(why.code(), absl::StrCat(verdict, ": ", why.message()));
}

}  // namespace

Resubscription::Resubscription(const Options& options, RandomBits random)
    : options_(options), random_(std::move(random)) {}

void Resubscription::Start(absl::Time now) {
  in_outage_ = true;
  deadline_ = now + (options_.checkpoint ? options_.recovery_timeout : kFirstSubscription);
}

void Resubscription::Subscribed(absl::Time now) {
  ever_subscribed_ = true;
  subscribed_ = now;
  in_outage_ = false;
  deadline_ = absl::InfiniteFuture();
  silences_ = 0;
  refusals_ = 0;
}

std::optional<absl::Time> Resubscription::Failed(Failure failure, absl::Time now,
                                                 absl::Status& why) {
  const bool first = !in_outage_;
  if (first) {
    in_outage_ = true;
    deadline_ = now + options_.recovery_timeout;
  }
  if (!options_.checkpoint && ever_subscribed_ && !(first && failure == Failure::kAnswered)) {
    why = Because("the connection to the agent is lost, and nothing is checkpointed", why);
    return std::nullopt;
  }
  if (failure == Failure::kSilent) ++silences_;
  // It answers, so it isn't slow: what is silent next time is another matter.
  if (failure == Failure::kAnswered || failure == Failure::kRefused) silences_ = 0;
  if (failure == Failure::kRefused) {
    if (refusals_++ == 0) first_refusal_ = now;
    if (refusals_ >= kRefusals && now - first_refusal_ >= kRefusedFor) {
      why = Because("the agent has forgotten this executor", why);
      return std::nullopt;
    }
  } else {
    refusals_ = 0;
  }
  if (now >= deadline_) {
    why = Because("not subscribed in time", why);
    return std::nullopt;
  }
  if (first && now - subscribed_ >= kSettled) return now;
  const absl::Duration high = std::max(options_.backoff_max / 4, absl::Milliseconds(10));
  const absl::Duration low = std::min(kShortestBackoff, high / 2);
  return std::min(deadline_, now + RandomDuration(low, high, random_));
}

absl::Duration Resubscription::attempt_timeout() const {
  absl::Duration timeout = std::max(options_.backoff_max, options_.shortest_attempt);
  for (int i = 0; i < silences_ && timeout < options_.http_timeout; ++i) timeout *= 2;
  return std::min(timeout, std::max(options_.http_timeout, options_.shortest_attempt));
}

}  // namespace mesos_executor::agent
