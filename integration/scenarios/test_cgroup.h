// A cgroup of a test's own: what is started inside can't leave it without a word to us, whatever it
// does to its parents, its session and its environment (cgroups(7)). Laid out as Mesos does it for
// a container: what is started is in `leaf`, and may make cgroups below that.
#ifndef INTEGRATION_SCENARIOS_TEST_CGROUP_H_
#define INTEGRATION_SCENARIOS_TEST_CGROUP_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos_executor {

class TestCgroup {
 public:
  // `hierarchy`: "unified" (v2), or a controller of v1 ("freezer"). NotFound where this machine has
  // none mounted; what mkdir(2) says where we may not make one.
  static absl::StatusOr<std::unique_ptr<TestCgroup>> Create(absl::string_view hierarchy);
  // Whether we may make one, and go in and out. The log says why not.
  static bool MayBeMade(absl::string_view hierarchy);

  // Kills what is inside, and removes it.
  ~TestCgroup();
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;

  // Of the leaf.
  const std::string& path() const { return path_; }
  // A file of it, such as pids.max.
  void Write(absl::string_view file, absl::string_view text);

  // The processes inside and below, zombies left out.
  std::vector<pid_t> Processes() const;
  // Returns when none is left.
  void KillAll();

  // Puts this process inside as long as it lives: so is what it starts meanwhile.
  class Inside {
   public:
    explicit Inside(TestCgroup& cgroup);
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    const std::string home_;
  };

 private:
  TestCgroup(std::string home, std::string root)
      : home_(std::move(home)), root_(std::move(root)), path_(root_ + "/leaf") {}

  // Ours before.
  const std::string home_;
  const std::string root_;
  const std::string path_;
};

}  // namespace mesos_executor

#endif  // INTEGRATION_SCENARIOS_TEST_CGROUP_H_
