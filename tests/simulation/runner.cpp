#include "tests/simulation/runner.hpp"

#include "tests/simulation/world.hpp"

#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/wait.h>
#include <type_traits>
#include <unistd.h>

namespace frontrow::simulation {

namespace {

/// Seeds a process; each costs some milliseconds.
constexpr std::uint64_t seeds_a_process = 50;
/// A process that takes longer hangs.
constexpr unsigned process_seconds_max = 120;
constexpr std::size_t trace_lines_printed = 80;

/// What a child process writes for its parent: this, then the three texts.
struct told {
  figures all;
  std::uint64_t seed = 0;
  std::uint32_t faults = 0;
  std::size_t invariant = 0;
  std::size_t what = 0;
  std::size_t trace = 0;
};
static_assert(std::is_trivially_copyable_v<told>);

/// Of the child process; only a broken assertion looks here.
struct in_hand {
  int pipe = -1;
  world* runs = nullptr;
  std::uint64_t seed = 0;
  figures before;
};
in_hand now_running;

void write_all(int to, const void* bytes, std::size_t size) {
  auto* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const auto wrote = ::write(to, at, size);
    if (wrote < 0 && errno != EINTR)
      std::_Exit(3);
    if (wrote > 0) {
      at += wrote;
      size -= static_cast<std::size_t>(wrote);
    }
  }
}

void tell(int to, std::uint64_t seed, const figures& all, const run_result& result) {
  const told head{all, seed, result.faults, result.invariant.size(), result.what.size(), result.trace.size()};
  write_all(to, &head, sizeof head);
  write_all(to, result.invariant.data(), result.invariant.size());
  write_all(to, result.what.data(), result.what.size());
  write_all(to, result.trace.data(), result.trace.size());
}

[[noreturn]] void run_in_child(int to, run_plan plan, std::uint64_t count) {
  ::alarm(process_seconds_max);
  figures all;
  run_result last;
  for (std::uint64_t i = 0; i < count; ++i, ++plan.seed) {
    world runs{plan};
    now_running = {to, &runs, plan.seed, all};
    last = runs.run();
    all += last.counted;
    if (last.failed() || i + 1 == count)
      break;
  }
  tell(to, plan.seed, all, last);
  std::_Exit(0);
}

std::string read_all(int from) {
  std::string all;
  char page[65536];
  for (;;) {
    const auto got = ::read(from, page, sizeof page);
    if (got == 0)
      return all;
    if (got > 0)
      all.append(page, static_cast<std::size_t>(got));
    else if (errno != EINTR)
      return all;
  }
}

/// Nothing: the process died without a word.
std::optional<std::pair<told, run_result>> run_in_process(const run_plan& plan, std::uint64_t count) {
  int ends[2];
  if (::pipe(ends) != 0)
    std::abort();
  std::fflush(nullptr);
  const auto child = ::fork();
  if (child < 0)
    std::abort();
  if (child == 0) {
    ::close(ends[0]);
    run_in_child(ends[1], plan, count);
  }
  ::close(ends[1]);
  const auto text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  told head;
  if (text.size() < sizeof head)
    return std::nullopt;
  std::memcpy(&head, text.data(), sizeof head);
  run_result result;
  auto at = sizeof head;
  for (auto [into, size] : {std::pair{&result.invariant, head.invariant}, std::pair{&result.what, head.what},
                            std::pair{&result.trace, head.trace}}) {
    *into = text.substr(at, size);
    at += size;
  }
  result.counted = head.all;
  result.faults = head.faults;
  return std::pair{head, std::move(result)};
}

} // namespace

/// Where a broken assertion of the program under simulation ends, in a child process.
[[noreturn]] void tell_of_assertion(const char* expression, const char* file, unsigned line) noexcept {
  if (now_running.pipe < 0) {
    std::fprintf(stderr, "%s:%u: assertion failed: %s\n", file, line, expression);
    std::abort();
  }
  auto result = now_running.runs->broken_off("assertion", std::string{expression} + " at " + file + ":" +
                                                              std::to_string(line));
  tell(now_running.pipe, now_running.seed, now_running.before, result);
  std::_Exit(0);
}

run_result run_apart(const run_plan& plan) {
  if (auto ended = run_in_process(plan, 1))
    return std::move(ended->second);
  run_result died;
  died.invariant = "a run comes to its end";
  died.what = "its process died or hung";
  return died;
}

survey_result survey(std::uint64_t first, std::uint64_t count, const run_plan& like,
                     const std::function<bool()>& enough) {
  survey_result result;
  for (std::uint64_t done = 0; done < count && !(enough && enough()); done += seeds_a_process) {
    auto plan = like;
    plan.seed = first + done;
    const auto ended = run_in_process(plan, std::min(seeds_a_process, count - done));
    if (ended && !ended->second.failed()) {
      result.all += ended->first.all;
      continue;
    }
    if (ended) {
      result.all += ended->first.all;
      plan.seed = ended->first.seed;
      result.first = failing_seed{plan, ended->second};
      return result;
    }
    for (std::uint64_t i = 0; i < std::min(seeds_a_process, count - done); ++i, ++plan.seed)
      if (auto alone = run_apart(plan); alone.failed()) {
        result.first = failing_seed{plan, std::move(alone)};
        return result;
      }
  }
  return result;
}

std::string report_of(const failing_seed& failing) {
  auto plan = failing.plan;
  auto shortest = failing.result;
  for (plan.faults_max = 0; plan.faults_max < failing.result.faults;
       ++plan.faults_max) // one may hide another
    if (auto fewer = run_apart(plan); fewer.failed()) {
      shortest = std::move(fewer);
      break;
    }
  plan.trace_lines = trace_lines_printed;
  const auto traced = run_apart(plan);
  const auto seed = std::to_string(plan.seed);
  auto text = traced.trace + "seed " + seed + " fails: " + failing.result.invariant + ": " +
              failing.result.what + "\n";
  text += "with its first " + std::to_string(plan.faults_max) + " of " +
          std::to_string(failing.result.faults) +
          " faults, and none after them, it fails too (above): " + shortest.invariant + ": " + shortest.what +
          "\n";
  text += "again: scripts/simulate --seed " + seed + " --seeds 1 --faults " + std::to_string(plan.faults_max);
  if (plan.with != flaw::none)
    text += " --flaw " + std::string{name_of(plan.with)};
  return text + "\n";
}

std::string report_of(const figures& all) {
  char hours[32];
  std::snprintf(hours, sizeof hours, "%.1f", static_cast<double>(all.simulated_ms) / 3'600'000.0);
  auto text = "simulation: " + std::to_string(all.runs) + " seeds, " + hours + " simulated hours, " +
              std::to_string(all.steps) + " steps, " + std::to_string(all.rows) + " events, " +
              std::to_string(all.answers) + " answers (" + std::to_string(all.unavailable) +
              " unavailable), " + std::to_string(all.claims) + " claims\nsimulation: faults:";
  for (std::size_t kind = 0; kind < fault_kinds; ++kind)
    text += " " + std::string{name_of(static_cast<fault>(kind))} + " " + std::to_string(all.faults[kind]);
  return text + "\n";
}

} // namespace frontrow::simulation

extern "C" [[noreturn]] void __assert_fail(const char* expression, const char* file, unsigned int line,
                                           const char*) noexcept {
  frontrow::simulation::tell_of_assertion(expression, file, line);
}
