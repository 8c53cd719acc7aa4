// What VaaS has, as it shows it. https://github.com/allegro/vaas
#ifndef INTEGRATION_FAKE_VAAS_ROWS_H_
#define INTEGRATION_FAKE_VAAS_ROWS_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mesos_executor::fake_vaas {

struct Director {
  std::string name;
  // Without a cluster there is no Varnish to tell: changes are done at once.
  bool has_cluster = true;
};

struct Backend {
  std::string address;
  int64_t port = 80;
  int64_t director_id = 0;
  int64_t dc_id = 0;
  int64_t weight = 1;
  bool inherit_time_profile = false;
  std::vector<std::string> tags;

  bool operator==(const Backend&) const = default;
};

// By id.
struct Tables {
  std::map<int64_t, std::string> dcs;  // Their symbols.
  std::map<int64_t, Director> directors;
  std::map<int64_t, Backend> backends;
};

std::string DcUri(int64_t id);
std::string DirectorUri(int64_t id);
std::string BackendUri(int64_t id);

nlohmann::json DcJson(const Tables& tables, int64_t id);
nlohmann::json DirectorJson(const Tables& tables, int64_t id);
nlohmann::json BackendJson(const Tables& tables, int64_t id);

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_ROWS_H_
