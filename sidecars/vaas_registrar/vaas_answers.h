// What VaaS answers, read and checked. Pure; what each answer means was recorded against VaaS' API
// v0.1 (Django and tastypie), as integration/fake_vaas has it.
//
// Errors of all of these, whose messages are for people:
//
//  - Unavailable: no answer, or one that tells nothing. Perhaps it was done all the same: VaaS
//    answers 500 when Varnish did not take a change that it keeps. Look before asking again.
//  - PermissionDenied: refused until the credentials, or what they may do, change.
//  - FailedPrecondition: refused by VaaS or by what is on the way to it, such as a proxy during a
//    deployment; may pass.
//  - InvalidArgument: refused for good.
#ifndef SIDECARS_VAAS_REGISTRAR_VAAS_ANSWERS_H_
#define SIDECARS_VAAS_REGISTRAR_VAAS_ANSWERS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sidecars/vaas_registrar/vaas_requests.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor::vaas {

// A backend that VaaS has.
struct HeldBackend {
  int64_t id = 0;
  BackendKey key;
  std::optional<int> weight;
  std::vector<std::string> tags;

  bool operator==(const HeldBackend&) const = default;
};

// One page of a list: the row that was looked for, if it is on it, else where the next page starts,
// if there is one. Rows that break the format, or that nobody asked for, are passed over.
template <typename Row>
struct Page {
  std::optional<Row> found;
  std::optional<size_t> next_offset;
};

using Answer = absl::StatusOr<HttpResponse>;

// The ids of the data centre and of the director of exactly this symbol or name.
absl::StatusOr<Page<int64_t>> ReadDcPage(const Answer& answer, absl::string_view symbol,
                                         size_t offset);
absl::StatusOr<Page<int64_t>> ReadDirectorPage(const Answer& answer, absl::string_view name,
                                               size_t offset);
absl::StatusOr<Page<HeldBackend>> ReadBackendPage(const Answer& answer, const BackendKey& key,
                                                  size_t offset);

// One page of all backends of an address.
struct BackendRows {
  std::vector<HeldBackend> backends;
  std::optional<size_t> next_offset;
};
absl::StatusOr<BackendRows> ReadBackendRows(const Answer& answer, absl::string_view address,
                                            size_t offset);

struct Added {
  int64_t id = 0;
  // The task that brings it into Varnish; empty where it is there already.
  std::string task_id;
};

// Besides, AlreadyExists: look for the backend and adopt it; NotFound: VaaS has no such director
// any more, so look for it by its name again. Only what VaaS says of its form is InvalidArgument.
// An answer that shows another backend than `key` is Unavailable.
absl::StatusOr<Added> ReadAddAnswer(const Answer& answer, const BackendKey& key);

// The id of the task that takes it out of Varnish; empty where that is done, or where VaaS has no
// such backend. VaaS says that with an empty 404; one with a text is somebody else's, and
// Unavailable.
absl::StatusOr<std::string> ReadDeleteAnswer(const Answer& answer);

// The id of the task that brings it into Varnish; empty where VaaS names none. Besides, NotFound:
// VaaS has no such backend any more; InvalidArgument: VaaS changes no weights.
absl::StatusOr<std::string> ReadSetWeightAnswer(const Answer& answer);

enum class TaskProgress {
  // Not done yet; VaaS says so too of a task that it doesn't know.
  kPending,
  kDone,
};

// Besides, Aborted: VaaS keeps the change, but Varnish did not take it; with VaaS' reason.
absl::StatusOr<TaskProgress> ReadTaskAnswer(const Answer& answer);

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_VAAS_ANSWERS_H_
