#include "sidecars/consul_registrar/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::consul {
namespace {

// A token is a UUID; signed ones of login methods are longer.
constexpr size_t kMaxToken = 16 << 10;

// The whole of a small file; InvalidArgument says why not.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  // A FIFO must not block the loop.
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    return absl::InvalidArgumentError(absl::ErrnoToStatus(errno, path).message());
  }
  std::string content(kMaxToken + 1, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t count = read(fd.get(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::InvalidArgumentError(absl::ErrnoToStatus(errno, path).message());
    if (count == 0) break;
    size += count;
  }
  content.resize(size);
  return content;
}

// TLS checks the name that people wrote, not the address that it has today.
TlsSettings WithServerName(const ConsulSettings& settings) {
  TlsSettings tls = settings.tls;
  if (tls.server_name.empty() && AddressFamily(settings.address.host) == AF_UNSPEC) {
    tls.server_name = settings.address.host;
  }
  return tls;
}

}  // namespace

Credentials::Credentials(const ConsulSettings& settings)
    : use_tls_(settings.address.tls),
      tls_settings_(WithServerName(settings)),
      token_file_(settings.token_file),
      basic_auth_(settings.basic_auth),
      token_(settings.token) {}

absl::StatusOr<std::unique_ptr<Credentials>> Credentials::Create(const ConsulSettings& settings) {
  std::unique_ptr<Credentials> credentials(new Credentials(settings));
  if (auto status = credentials->ReadToken(); !status.ok()) return status;
  if (auto status = credentials->ReadTls(); !status.ok()) return status;
  return credentials;
}

std::vector<std::pair<std::string, std::string>> Credentials::Headers() const {
  std::vector<std::pair<std::string, std::string>> headers;
  if (!token_.empty()) headers.emplace_back("X-Consul-Token", token_);
  if (!basic_auth_.empty()) {
    headers.emplace_back("Authorization", absl::StrCat("Basic ", absl::Base64Escape(basic_auth_)));
  }
  return headers;
}

bool Credentials::Refresh(bool anyway) {
  const std::string before = token_;
  const bool changed = !token_file_.empty() && Stamp({token_file_}) != token_stamp_;
  if (changed || anyway) {
    const absl::Status status = ReadToken();
    if (changed && !status.ok()) {
      LOG(WARNING) << status.message() << "; the token before it stays in use";
    }
  }
  if (use_tls_ && Stamp(TlsFiles()) != tls_stamp_) {
    const absl::Status status = ReadTls();
    if (!status.ok()) LOG(WARNING) << status.message() << "; what was read before stays in use";
  }
  return token_ != before;
}

absl::Status Credentials::ReadToken() {
  if (token_file_.empty()) return absl::OkStatus();
  // Before reading: a change in between is then found the next time.
  token_stamp_ = Stamp({token_file_});
  auto content = ReadSmallFile(token_file_);
  if (!content.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("CONSUL_HTTP_TOKEN_FILE: ", content.status().message()));
  }
  absl::StripAsciiWhitespace(&*content);
  const bool good = !content->empty() && content->size() <= kMaxToken &&
                    std::all_of(content->begin(), content->end(), absl::ascii_isgraph);
  if (!good) {
    return absl::InvalidArgumentError(absl::StrCat("CONSUL_HTTP_TOKEN_FILE: ", token_file_,
                                                   " must hold one token and nothing else"));
  }
  token_ = *std::move(content);
  return absl::OkStatus();
}

absl::Status Credentials::ReadTls() {
  if (!use_tls_) return absl::OkStatus();
  tls_stamp_ = Stamp(TlsFiles());
  auto tls = TlsCredentials::Create(tls_settings_);
  if (!tls.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("TLS to Consul (CONSUL_CACERT and the like): ", tls.status().message()));
  }
  tls_ = *std::move(tls);
  return absl::OkStatus();
}

std::vector<std::string> Credentials::TlsFiles() const {
  return {tls_settings_.ca_file, tls_settings_.ca_dir, tls_settings_.certificate_file,
          tls_settings_.key_file};
}

std::string Credentials::Stamp(const std::vector<std::string>& files) const {
  std::string stamp;
  for (const std::string& file : files) {
    struct stat info;
    if (file.empty() || stat(file.c_str(), &info) != 0) {
      stamp += "-;";
    } else {
      absl::StrAppend(&stamp, info.st_dev, " ", info.st_ino, " ", info.st_size, " ",
                      info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, " ", info.st_ctim.tv_sec, ".",
                      info.st_ctim.tv_nsec, ";");
    }
  }
  return stamp;
}

}  // namespace mesos_executor::consul
