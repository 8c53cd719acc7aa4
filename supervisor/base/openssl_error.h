// What OpenSSL says when it fails.
#ifndef SUPERVISOR_BASE_OPENSSL_ERROR_H_
#define SUPERVISOR_BASE_OPENSSL_ERROR_H_

#include <string>

namespace mesos_executor {

// Why OpenSSL's last call on this thread failed; never empty. Takes it out of the thread's queue of
// errors.
std::string TakeOpenSslError();

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_OPENSSL_ERROR_H_
