// The body of a POST, checked as VaaS checks it.
#ifndef INTEGRATION_FAKE_VAAS_BACKEND_FORM_H_
#define INTEGRATION_FAKE_VAAS_BACKEND_FORM_H_

#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "integration/fake_vaas/rows.h"

namespace mesos_executor::fake_vaas {

// What a 400 says.
using FormError = nlohmann::json;

// `newest`: as the newest VaaS does it, which wants a connect_timeout and takes one tag at the
// most.
std::variant<Backend, FormError> ReadBackendForm(const std::string& body, const Tables& tables,
                                                 bool newest);

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_BACKEND_FORM_H_
