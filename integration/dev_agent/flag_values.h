// Values of command-line options, read with errors that say what to write instead.
#ifndef INTEGRATION_DEV_AGENT_FLAG_VALUES_H_
#define INTEGRATION_DEV_AGENT_FLAG_VALUES_H_

#include <boost/program_options/variables_map.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos_executor::dev_agent {

using Texts = std::vector<std::string>;

// InvalidArgument: "--OPTION VALUE: expected ...".
absl::Status Wrong(absl::string_view option, absl::string_view value, absl::string_view expected);

// What every option needs: its value, or none. Only to be asked of options with that type of value.
class Values {
 public:
  explicit Values(boost::program_options::variables_map map) : map_(std::move(map)) {}

  // Empty without the option.
  std::string Text(const char* name) const;
  Texts List(const char* name) const;
  bool Switch(const char* name) const { return map_[name].as<bool>(); }
  bool Has(const char* name) const { return map_.count(name) != 0; }

  absl::Status Read(const char* name, absl::Duration* duration) const;
  absl::Status Read(const char* name, std::optional<absl::Duration>* duration) const;
  absl::Status Read(const char* name, uint32_t max, uint32_t* number) const;
  // One of two words; *second tells which.
  absl::Status Read(const char* name, absl::string_view first_word, absl::string_view second_word,
                    bool* second) const;
  // KEY=VALUE, any number of them.
  absl::Status Read(const char* name,
                    std::vector<std::pair<std::string, std::string>>* pairs) const;

 private:
  const boost::program_options::variables_map map_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_FLAG_VALUES_H_
