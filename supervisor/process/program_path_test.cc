#include "supervisor/process/program_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::process {
namespace {

using testing::ElementsAre;

TEST(ProgramPathTest, ANameWithASlashIsAPath) {
  EXPECT_THAT(ProgramCandidates("./a", {"PATH=/x"}), ElementsAre("./a"));
  EXPECT_THAT(ProgramCandidates("/a", {"PATH=/x"}), ElementsAre("/a"));
}

TEST(ProgramPathTest, ANameIsTriedInEachFolderOfPathInOrder) {
  EXPECT_THAT(ProgramCandidates("a", {"MYPATH=/no", "PATH=/x:/y/z", "PATH=/no"}),
              ElementsAre("/x/a", "/y/z/a"));
}

TEST(ProgramPathTest, AnEmptyFolderIsTheWorkingDirectory) {
  EXPECT_THAT(ProgramCandidates("a", {"PATH=/x::"}), ElementsAre("/x/a", "a", "a"));
}

TEST(ProgramPathTest, WithoutPathTheSystemsOwnFoldersAreTried) {
  EXPECT_THAT(ProgramCandidates("a", {}), ElementsAre("/bin/a", "/usr/bin/a"));
}

TEST(ProgramPathTest, AnEmptyNameIsNowhere) {
  EXPECT_THAT(ProgramCandidates("", {"PATH=/x"}), ElementsAre(""));
}

}  // namespace
}  // namespace mesos_executor::process
