// The quickstart's own folder: the executor's bundle, laid out as agents unpack it, and the task's
// sandbox.
#ifndef INTEGRATION_QUICKSTART_FOLDER_H_
#define INTEGRATION_QUICKSTART_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mesos_executor::quickstart {

class Folder {
 public:
  // Makes it under $TMPDIR, else /tmp. Errors: the system's, with the path.
  static absl::StatusOr<Folder> Make();
  // Removes it, unless it is to be kept.
  ~Folder();
  Folder(Folder&& other) noexcept;
  Folder& operator=(Folder&&) = delete;

  std::string sandbox() const { return path_ + "/sandbox"; }
  // Copies a program into the bundle under that name; returns where it is. A copy, as the executor
  // looks for its siblings beside the file that it was started from.
  absl::StatusOr<std::string> Install(const std::string& program, const std::string& name) const;

  void Keep() { keep_ = true; }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  std::string path_;
  bool keep_ = false;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_FOLDER_H_
