/// Decisions per second of each machine, one thread, by processor time.

#include <benchmark/benchmark.h>
#include <cstdio>

namespace {

/// One line a benchmark: its name, decisions (or whatever it counts) a second, nanoseconds each.
class line_reporter final : public benchmark::BenchmarkReporter {
public:
  bool ReportContext(const Context&) override {
    std::printf("%-66s %12s %10s\n", "rules, one thread, processor time", "a second", "ns each");
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& run : runs) {
      const auto rate = run.counters.find("items_per_second");
      if (run.error_occurred || rate == run.counters.end()) {
        std::printf("%-66s failed: %s\n", run.run_name.function_name.c_str(), run.error_message.c_str());
        continue;
      }
      const double a_second = rate->second;
      std::printf("%-66s %12.0f %10.0f\n", run.run_name.function_name.c_str(), a_second, 1e9 / a_second);
      std::fflush(stdout);
    }
  }
};

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 2;
  line_reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
