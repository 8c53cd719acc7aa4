// The files of this package's testdata folder.
#pragma once

#include <string>

namespace mesos_executor {

// The content of "mesos_go/event_kill.pb" and the like. A file that isn't there ends the process.
std::string ReadTestData(const std::string& name);

}  // namespace mesos_executor
