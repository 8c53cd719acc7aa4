#include "supervisor/base/openssl_error.h"

#include <openssl/err.h>

#include <system_error>

#include "absl/strings/str_cat.h"

namespace mesos_executor {

std::string TakeOpenSslError() {
  const auto error = ERR_get_error();  // The oldest is the cause, the others are its consequences.
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  const char* const reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : absl::StrCat("OpenSSL's error ", absl::Hex(error));
}

}  // namespace mesos_executor
