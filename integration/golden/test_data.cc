#include "integration/golden/test_data.h"

#include <fstream>
#include <sstream>

#include "glog/logging.h"

namespace mesos_executor {

std::string ReadTestData(const std::string& name) {
  // A Bazel test starts in the folder that mirrors the workspace.
  std::ifstream file("integration/golden/testdata/" + name, std::ios::binary);
  CHECK(file.is_open()) << "no test data " << name;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace mesos_executor
