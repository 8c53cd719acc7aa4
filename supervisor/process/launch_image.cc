#include "supervisor/process/launch_image.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/process/program_path.h"

namespace mesos_executor::process {
namespace {

// Followed by the limits, the groups, then by strings that end with a NUL: candidates, arguments,
// environment, exclusions.
struct alignas(ResourceLimit) Header {
  uint32_t candidates = 0;
  uint32_t arguments = 0;
  uint32_t variables = 0;
  uint32_t exclusions = 0;
  uint32_t limits = 0;
  uint32_t groups = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  bool switch_user = false;
};

constexpr const char* kShell = "/bin/sh";

absl::Status AppendStrings(const std::vector<std::string>& values, absl::string_view what,
                           std::string& image) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].find('\0') != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat(what, " ", i, " holds a NUL byte"));
    }
    image.append(values[i]).push_back('\0');
  }
  return absl::OkStatus();
}

template <typename Value>
void AppendArray(const std::vector<Value>& values, std::string& image) {
  image.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

absl::StatusOr<std::string> Serialize(const LaunchSpec& spec,
                                      const std::optional<UserIdentity>& switch_to) {
  if (spec.argv.empty()) return absl::InvalidArgumentError("nothing to execute: argv is empty");
  const std::vector<std::string> candidates =
      ProgramCandidates(spec.program.empty() ? spec.argv[0] : spec.program, spec.environment);
  Header header{.candidates = static_cast<uint32_t>(candidates.size()),
                .arguments = static_cast<uint32_t>(spec.argv.size()),
                .variables = static_cast<uint32_t>(spec.environment.size()),
                .exclusions = static_cast<uint32_t>(spec.sigterm_exclusions.size()),
                .limits = static_cast<uint32_t>(spec.limits.size())};
  std::string image;
  if (switch_to) {
    header.switch_user = true;
    header.uid = switch_to->uid;
    header.gid = switch_to->gid;
    header.groups = switch_to->groups.size();
  }
  image.append(reinterpret_cast<const char*>(&header), sizeof(header));
  AppendArray(spec.limits, image);
  if (switch_to) AppendArray(switch_to->groups, image);
  absl::Status status = AppendStrings(candidates, "program", image);
  if (status.ok()) status = AppendStrings(spec.argv, "argument", image);
  if (status.ok()) status = AppendStrings(spec.environment, "environment variable", image);
  if (status.ok()) status = AppendStrings(spec.sigterm_exclusions, "SIGTERM exclusion", image);
  if (!status.ok()) return status;
  if (image.size() > kMaxLaunchImage) {
    return absl::ResourceExhaustedError(absl::StrCat("arguments and environment take ",
                                                     image.size(), " bytes, more than the ",
                                                     kMaxLaunchImage, " that can be started"));
  }
  return image;
}

}  // namespace

absl::StatusOr<UniqueFd> WriteLaunchImage(const LaunchSpec& spec,
                                          const std::optional<UserIdentity>& switch_to) {
  const absl::StatusOr<std::string> image = Serialize(spec, switch_to);
  if (!image.ok()) return image.status();
  UniqueFd fd(memfd_create("launch-spec", MFD_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "memfd_create");
  for (absl::string_view rest = *image; !rest.empty();) {
    const ssize_t written = write(fd.get(), rest.data(), rest.size());
    if (written < 0) return absl::ErrnoToStatus(errno, "write launch spec");
    rest.remove_prefix(written);
  }
  return fd;
}

std::unique_ptr<LaunchImage> LaunchImage::Map(int fd) {
  struct stat stat;
  if (fstat(fd, &stat) != 0) return nullptr;
  void* const start = mmap(nullptr, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (start == MAP_FAILED) return nullptr;
  return std::unique_ptr<LaunchImage>(new LaunchImage(static_cast<char*>(start), stat.st_size));
}

LaunchImage::LaunchImage(char* start, size_t size) : start_(start), size_(size) {
  Header header;
  memcpy(&header, start, sizeof(header));
  char* at = start + sizeof(header);
  plan_.switch_user = header.switch_user;
  plan_.uid = header.uid;
  plan_.gid = header.gid;
  plan_.limits = reinterpret_cast<const ResourceLimit*>(at);
  plan_.limit_count = header.limits;
  at += header.limits * sizeof(ResourceLimit);
  plan_.groups = reinterpret_cast<const gid_t*>(at);
  plan_.group_count = header.groups;
  at += header.groups * sizeof(gid_t);

  const auto next = [&at] {
    char* const string = at;
    at += strlen(at) + 1;
    return string;
  };
  const auto fill = [&next](auto& strings, uint32_t count) {
    strings.reserve(count + 1);
    for (uint32_t i = 0; i < count; ++i) strings.push_back(next());
    strings.push_back(nullptr);
  };
  fill(candidates_, header.candidates);
  fill(argv_, header.arguments);
  fill(environment_, header.variables);
  for (uint32_t i = 0; i < header.exclusions; ++i) sigterm_exclusions_.emplace_back(next());
  shell_argv_ = {kShell, nullptr};
  shell_argv_.insert(shell_argv_.end(), argv_.begin() + 1, argv_.end());
}

LaunchImage::~LaunchImage() { munmap(start_, size_); }

ExecPlan LaunchImage::Plan() {
  plan_.candidates = candidates_.data();
  plan_.argv = argv_.data();
  plan_.environment = environment_.data();
  plan_.shell_argv = shell_argv_.data();
  return plan_;
}

}  // namespace mesos_executor::process
