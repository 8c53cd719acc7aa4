// TLS to the agent, by the variables with which operators set it for all of Mesos.
#ifndef SUPERVISOR_AGENT_LIBPROCESS_SSL_H_
#define SUPERVISOR_AGENT_LIBPROCESS_SSL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/base/environment.h"
#include "supervisor/base/tls_credentials.h"

namespace mesos_executor::agent {

// Reads LIBPROCESS_SSL_{ENABLED, CA_FILE, CA_DIR, CERT_FILE, KEY_FILE, VERIFY_SERVER_CERT,
// VERIFY_CERT, VERIFY_IPADD, HOSTNAME_VALIDATION_SCHEME, SUPPORT_DOWNGRADE}, and each by its old
// name, SSL_..., where the new one isn't set (Mesos' docs/ssl.md; openssl.cpp, initialize). Nothing
// if TLS isn't enabled. As in Mesos, nobody is verified unless that is asked for; then the agent's
// certificate must hold the IP address that we connect to, as we resolve no names. The files aren't
// looked at here.
//
// What makes the connection less safe than meant is an error (InvalidArgument); what has no effect
// here adds a line to `warnings`. Both name the variable and what to do.
absl::StatusOr<std::optional<TlsSettings>> ReadLibprocessSsl(const Environment& environment,
                                                             std::vector<std::string>* warnings);

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_LIBPROCESS_SSL_H_
