// fake_vaas: a stand-in for VaaS, for people and for tests of other programs.
#include <signal.h>
#include <stdio.h>

#include <string>
#include <vector>

#include "integration/fake_vaas/fake_vaas.h"
#include "integration/fake_vaas/options.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/event_loop/signal_watch.h"

namespace mesos_executor::fake_vaas {
namespace {

int Fail(const absl::Status& status, int code) {
  fprintf(stderr, "fake_vaas: %s\n", std::string(status.message()).c_str());
  return code;
}

int Main(const std::vector<std::string>& arguments) {
  const auto options = ParseOptions(arguments);
  if (!options.ok()) return Fail(options.status(), 2);
  if (options->help) {
    fputs(Help().c_str(), stdout);
    return 0;
  }
  AsioEventLoop loop;
  // Before any thread is started, which would get the signals too.
  const auto signals = WatchSignals(&loop, {SIGTERM, SIGINT}, [&loop](int) { loop.Stop(); });
  if (!signals.ok()) return Fail(signals.status(), 1);
  const auto vaas = FakeVaas::Start(options->settings);
  if (!vaas.ok()) return Fail(vaas.status(), 1);
  printf("fake_vaas: serving at http://127.0.0.1:%d\n", (*vaas)->port());
  fflush(stdout);
  loop.Run();
  return 0;
}

}  // namespace
}  // namespace mesos_executor::fake_vaas

int main(int argc, char** argv) { return mesos_executor::fake_vaas::Main({argv + 1, argv + argc}); }
