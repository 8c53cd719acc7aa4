#include "supervisor/process/own_cgroup.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"

namespace mesos_executor::process {
namespace {

// A folder in the place of /proc/self.
class OwnCgroupTest : public testing::Test {
 protected:
  OwnCgroupTest() : proc_(absl::StrCat(testing::TempDir(), "/proc-XXXXXX")) {
    EXPECT_NE(mkdtemp(proc_.data()), nullptr);
  }

  void Write(const std::string& cgroup, const std::string& mountinfo) {
    std::ofstream(proc_ + "/cgroup") << cgroup;
    std::ofstream(proc_ + "/mountinfo") << mountinfo;
  }

  absl::StatusOr<std::string> Find(absl::string_view controller) {
    return OwnCgroup(controller, proc_);
  }

  std::string proc_;
};

constexpr char kUnified[] =
    "25 1 0:22 / /sys rw - sysfs sysfs rw\n"
    "31 25 0:28 / /sys/fs/cgroup rw,nosuid shared:9 master:1 - cgroup2 cgroup2 rw,nsdelegate\n";

TEST_F(OwnCgroupTest, TheUnifiedHierarchyIsFoundByItsMount) {
  Write("0::/mesos/123/leaf\n", kUnified);
  EXPECT_EQ(*Find(""), "/sys/fs/cgroup/mesos/123/leaf");
}

TEST_F(OwnCgroupTest, TheRootCgroupIsTheMountItself) {
  Write("0::/\n", kUnified);
  EXPECT_EQ(*Find(""), "/sys/fs/cgroup");
}

TEST_F(OwnCgroupTest, AControllerIsFoundAmongThoseThatShareAHierarchy) {
  Write("5:cpu,memory:/mesos/a:b\n0::/\n",
        "35 31 0:32 / /sys/fs/cgroup/cpu,memory rw - cgroup cgroup rw,cpu,memory\n");
  EXPECT_EQ(*Find("memory"), "/sys/fs/cgroup/cpu,memory/mesos/a:b");
}

TEST_F(OwnCgroupTest, AMountOfAPartShowsWhatIsBelowIt) {
  Write("0::/docker/1/mesos/leaf\n",
        "1 1 0:1 /docker/12 /elsewhere rw - cgroup2 cgroup2 rw\n"
        "2 1 0:1 /docker/1 /with\\040blank rw - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(*Find(""), "/with blank/mesos/leaf");
}

TEST_F(OwnCgroupTest, WhatIsNotThereIsNamed) {
  Write("0::/mesos/123/leaf\n", "2 1 0:1 /docker /x rw - cgroup2 cgroup2 rw\nnonsense\n");
  EXPECT_EQ(Find("memory").status(), absl::NotFoundError("no cgroup v1 of memory here"));
  EXPECT_EQ(Find("").status(), absl::NotFoundError("cgroup v2: /mesos/123/leaf is not mounted"));
  Write("0::/../outside\n", kUnified);
  EXPECT_FALSE(Find("").ok());
}

TEST_F(OwnCgroupTest, AnUnreadableFileIsNamed) {
  EXPECT_EQ(Find("").status().message(),
            absl::StrCat("open ", proc_, "/cgroup: No such file or directory"));
}

}  // namespace
}  // namespace mesos_executor::process
