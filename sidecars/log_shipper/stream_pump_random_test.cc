// A task that appends and truncates, a supervisor that gives up the oldest, a connection that
// breaks, and a shipper that falls behind and is restarted: in any order, from a printed seed. Each
// line arrives whole or its bytes are counted as dropped; nothing else arrives.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sidecars/log_shipper/fake_format.h"
#include "sidecars/log_shipper/file_spool.h"
#include "sidecars/log_shipper/stream_pump.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr int kLives = 40;
constexpr int kSteps = 200;

class Life {
 public:
  Life(unsigned seed, bool restarts) : random_(seed), restarts_(restarts) {
    std::string path = std::string(getenv("TEST_TMPDIR")) + "/life.XXXXXX";
    task_ = UniqueFd(mkostemp(path.data(), O_APPEND | O_CLOEXEC));
    unlink(path.c_str());
    path += ".offsets";
    offsets_ = UniqueFd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    unlink(path.c_str());
    Restart();
  }

  void Step() {
    switch (random_() % 12) {
      case 0:
        return Truncate();
      case 1:
        return GiveUp();
      case 2:
        if (restarts_) Restart();
        return;
      case 3:
        pump_->Break();
        position_ = 0;
        return;
      case 4:
        pump_->Advance(position_, /*resends=*/false, now_);
        return;
      case 5:
        pump_->KeepBound();
        return;
      case 6:
      case 7:
      case 8:
        Pump();
        return;
      default:
        return Append();
    }
  }

  void Finish() {
    Write("the end\n");
    pump_->End();
    while (Pump()) {
    }
    pump_->Advance(position_, /*resends=*/false, now_);
    EXPECT_TRUE(pump_->delivered());
    uint64_t arrived = 0;
    for (const std::string& line : arrived_) {
      EXPECT_EQ(written_.count(line), 1u) << "never written: " << line.substr(0, 80);
      arrived += line.size() + 1;
    }
    uint64_t dropped = 0;
    for (const char* const reason : {kSpoolFull, kGivenUp, kTruncated}) {
      dropped += counters_.DroppedBytes(reason).value();
    }
    if (restarts_) {
      // A new process counts again what it finds again.
      EXPECT_GE(arrived + dropped, written_bytes_);
    } else {
      EXPECT_EQ(arrived + dropped, written_bytes_);
      EXPECT_EQ(counters_.lines_shipped.value(), arrived_.size());
    }
  }

 private:
  void Write(const std::string& text) {
    ASSERT_EQ(write(task_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      written_.emplace(line);
    }
    written_bytes_ += text.size();
    size_ += text.size();
  }

  void Append() {
    std::string lines;
    for (unsigned i = random_() % 200; i > 0; --i) absl::StrAppend(&lines, "line ", ++line_, "\n");
    if (random_() % 8 == 0) {
      absl::StrAppend(&lines, "long ", ++line_, std::string(random_() % 300'000, 'x'), "\n");
    }
    Write(lines);
  }

  void Truncate() {
    // What nobody has seen is not found out.
    Pump();
    pump_->lag();
    ASSERT_EQ(ftruncate(task_.get(), 0), 0);
    size_ = 0;
    Append();
    if (size_ == 0) Write(absl::StrCat("line ", ++line_, "\n"));
  }

  void GiveUp() {
    // What was truncated and given up since is not found out.
    pump_->lag();
    const auto given_up = PunchHole(task_.get(), 0, random_() % (size_ + 1));
    ASSERT_TRUE(given_up.ok()) << given_up.status();
  }

  void Restart() {
    const auto duplicate = [](const UniqueFd& fd) {
      return UniqueFd(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    };
    // What was truncated while no shipper ran is not found out.
    if (pump_ != nullptr) pump_->lag();
    auto spool = std::make_unique<FileSpool>(duplicate(task_),
                                             std::make_shared<OffsetFile>(duplicate(offsets_)),
                                             StreamName::kStdout, uint64_t{1} << 30);
    pump_ = std::make_unique<StreamPump>(
        StreamPump::Options{.name = "stdout", .max_unshipped = 200'000}, std::move(spool),
        std::make_unique<FakeFormat>(), nullptr, &counters_);
    position_ = 0;
  }

  bool Pump() {
    now_ += absl::Milliseconds(300);
    std::string entries;
    const bool more = pump_->Pump(random_() % 300 + 1, now_, &entries);
    position_ += entries.size();
    if (!entries.empty()) pump_->Sent(position_);
    for (absl::string_view entry : absl::StrSplit(entries, '\n', absl::SkipEmpty())) {
      if (entry[0] != '!') arrived_.emplace(entry.substr(1, entry.size() - 2));
    }
    return more;
  }

  std::minstd_rand random_;
  const bool restarts_;
  UniqueFd task_;
  UniqueFd offsets_;
  sidecar::Metrics metrics_;
  Counters counters_{&metrics_};
  std::unique_ptr<StreamPump> pump_;
  uint64_t position_ = 0;
  absl::Time now_ = absl::UnixEpoch();
  // By the task, in all.
  std::set<std::string> written_;
  uint64_t written_bytes_ = 0;
  // Of the file.
  uint64_t size_ = 0;
  std::set<std::string> arrived_;
  int line_ = 0;
};

void Live(bool restarts) {
  for (unsigned seed = 1; seed <= kLives; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Life life(seed, restarts);
    for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) life.Step();
    life.Finish();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(StreamPumpRandomTest, EachLineArrivesOrIsCounted) { Live(/*restarts=*/false); }

TEST(StreamPumpRandomTest, AlsoWhenTheShipperIsRestarted) { Live(/*restarts=*/true); }

}  // namespace
}  // namespace mesos_executor::log_shipper
