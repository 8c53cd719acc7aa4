#include "sidecars/vaas_registrar/comparison.h"

#include <vector>

#include "sidecars/vaas_registrar/vaas_answers.h"

namespace mesos_executor::vaas {

void Comparison::Arm() {
  if (timer_ != nullptr) return;
  timer_ = vaas_->loop->After(kEvery * (1 - vaas_->random() / 2), [this] {
    timer_.reset();
    Compare();
  });
}

void Comparison::Compare() {
  const std::set<std::string> addresses = addresses_();
  for (const std::string& address : addresses) {
    if (lists_.contains(address)) continue;
    lists_[address].turn = vaas_->turns->Wait(/*urgent=*/false, [this, address] { Ask(address); });
  }
  if (!addresses.empty()) Arm();
}

void Comparison::Ask(const std::string& address) {
  const absl::Time asked = vaas_->loop->Now();
  lists_.at(address).request = vaas_->client->ListBackends(
      address, [this, address, asked](absl::StatusOr<std::vector<HeldBackend>> rows) {
        lists_.erase(address);
        vaas_->Note("list", rows.status());
        if (!rows.ok()) return;
        std::set<BackendKey> held;
        for (const HeldBackend& row : *rows) held.insert(row.key);
        listed_(address, asked, held);
      });
}

}  // namespace mesos_executor::vaas
