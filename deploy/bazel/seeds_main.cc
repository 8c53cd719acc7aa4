// seeds_main FILE...: each file, and each beginning of it, as input of a fuzz target. Stands in for
// libFuzzer's main where nothing is fuzzed.
#include <stddef.h>
#include <stdint.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open()) {
      std::cerr << argv[i] << " can't be read\n";
      return 1;
    }
    std::cout << argv[i] << std::endl;
    const size_t cuts = std::min<size_t>(bytes.size(), 256);
    for (size_t cut = 0; cut <= cuts; ++cut) {
      const size_t size = cuts == 0 ? 0 : bytes.size() * cut / cuts;
      // A copy of its own, so that a sanitizer sees what reads beyond it.
      const std::vector<uint8_t> input(bytes.begin(), bytes.begin() + size);
      LLVMFuzzerTestOneInput(input.data(), input.size());
    }
  }
  return argc > 1 ? 0 : 1;
}
