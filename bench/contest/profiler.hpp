#pragma once

#include "bench/contest/flame_graph.hpp"
#include "tests/system/child_process.hpp"
#include "tests/system/temporary_folder.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace frontrow::bench {

/// What came of looking at running programs: stacks, or why there are none, in words.
struct profile {
  folded_stacks stacks{};
  std::string complaint{};
};

/// Samples programs by `perf record` from its making until `stop`.
class profiler {
public:
  explicit profiler(const std::vector<pid_t>& programs);
  profile stop();

private:
  test::temporary_folder folder_;
  std::optional<test::child_process> perf_; ///< none where perf is not there
};

} // namespace frontrow::bench
