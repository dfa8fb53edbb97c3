/// Frontrow against what people use today: every scenario against every system, by turns, over several
/// rounds.

#include "bench/contest/plan.hpp"
#include "bench/contest/profiler.hpp"
#include "bench/contest/report.hpp"
#include "bench/process_figures.hpp"
#include "tests/system/postgres_server.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace {

using namespace frontrow;
using namespace frontrow::bench;

struct arguments {
  depth how_deep = depth::full;
  int rounds = 3;
  std::filesystem::path out = FRONTROW_SOURCE_DIR "/bench/results";
  std::vector<std::string> families{};
  bool flames = false;
  std::vector<std::string> systems{}; ///< by the beginnings of their names; all without one
};

std::optional<arguments> arguments_of(int argc, char** argv) {
  arguments with;
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    if (word == "--quick") {
      with.how_deep = depth::quick;
      with.rounds = 1;
    } else if (word == "--smoke") {
      with.how_deep = depth::smoke;
      with.rounds = 1;
    } else if (word == "--flames") {
      with.flames = true;
    } else if (word.starts_with("--rounds=")) {
      with.rounds = std::atoi(word.c_str() + 9);
    } else if (word.starts_with("--system=")) {
      with.systems.push_back(word.substr(9));
    } else if (word.starts_with("--out=")) {
      with.out = word.substr(6);
    } else if (std::find(families().begin(), families().end(), word) != families().end()) {
      with.families.push_back(word);
    } else {
      return std::nullopt;
    }
  }
  with.flames = with.flames || with.how_deep == depth::full;
  return with.rounds >= 1 && with.rounds <= 100 ? std::optional{with} : std::nullopt;
}

std::string now_text(const char* format) {
  const auto now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

class contest {
public:
  contest(const arguments& with, report& into)
      : with_(with), into_(into), how_long_(with.how_deep == depth::full    ? extent::full()
                                            : with.how_deep == depth::quick ? extent::quick()
                                                                            : extent::smoke()),
        plan_(plan_of(how_long_, with.how_deep, with.families)) {
    for (const auto& begins : with_.systems)
      if (!any_begins_with(begins))
        throw std::invalid_argument{"no system's name begins with \"" + begins + "\""};
    for (auto& each : plan_)
      std::erase_if(each.entrants, [&](const auto& one) { return !takes_part(one.name); });
    for (const auto& each : plan_)
      for (const auto& one : each.entrants)
        planned_ += one.cells.size() * static_cast<std::size_t>(rounds_of(each));
  }

  void run() {
    for (auto& each : plan_)
      for (int round = 1; round <= rounds_of(each); ++round) {
        for (const auto& one : each.entrants)
          enter(one, round, each);
        // The other way round next time: whoever comes late shall not always do so.
        std::reverse(each.entrants.begin(), each.entrants.end());
      }
    into_.complete = true;
  }

private:
  bool any_begins_with(const std::string& text) const {
    for (const auto& each : plan_)
      for (const auto& one : each.entrants)
        if (one.name.starts_with(text))
          return true;
    return false;
  }
  bool takes_part(std::string_view system) const {
    return with_.systems.empty() ||
           std::any_of(with_.systems.begin(), with_.systems.end(),
                       [&](const auto& begins) { return system.starts_with(begins); });
  }

  int rounds_of(const heat& one) const { return one.once ? 1 : with_.rounds; }

  void enter(const entrant& one, int round, const heat& of) {
    std::unique_ptr<contender> system;
    if (one.start)
      system = one.start();
    std::optional<stay> at;
    if (system)
      at.emplace(*system, how_long_);
    const auto first = into_.runs.size();
    // Just-in-time compilers, caches and connection pools: a system is known warm before its first figure.
    if (at && !of.once)
      run_in_short(one.cells.front(), *at);
    for (const auto& each : one.cells) {
      check_interrupted();
      // The last one's dirty pages and the checkpoint they cause are not this one's.
      test::postgres_server::of_this_program().query(test::postgres_server::of_this_program().url(),
                                                     "checkpoint");
      auto made = run_one(each, at);
      made.system = one.name;
      made.scenario = each.scenario;
      made.round = round;
      tell(made);
      into_.runs.push_back(std::move(made));
      if (with_.flames && of.profiled && round == 1 && at && one.name == one_node_name)
        draw_flames(each, *at);
    }
    // One audit for the whole stay, which reads all of the journal.
    if (!system)
      return;
    if (const auto complaint = system->audit_complaint()) {
      std::printf("           %s: the audit is not clean: %s\n", one.name.c_str(), complaint->c_str());
      for (auto at_run = first; at_run < into_.runs.size(); ++at_run)
        judge(into_.runs[at_run], "audit: " + *complaint);
    }
  }

  figures run_one(const cell& each, std::optional<stay>& at) {
    try {
      return each.alone ? each.alone(how_long_) : each.in_a_stay(*at);
    } catch (const interrupted&) {
      throw;
    } catch (const std::exception& error) {
      check_interrupted();
      figures failed;
      judge(failed, error.what());
      return failed;
    }
  }

  figures run_in_short(const cell& each, stay& at) {
    const auto in_short = how_long_.in_short();
    std::optional<stay> same{stay{at.system, in_short, at.last_user, at.room, at.waiting, at.positions}};
    auto run = run_one(each, same);
    at.last_user = same->last_user;
    return run;
  }

  /// In a run of its own, so that the figures are those of a program that nobody looks into.
  void draw_flames(const cell& each, stay& at) {
    profiler samples{at.system.programs()};
    auto run = run_in_short(each, at);
    const auto seen = samples.stop();
    into_.profiles.push_back({each.scenario, flame_graph(seen.stacks), run.wrong + seen.complaint});
    if (!into_.profiles.back().complaint.empty())
      std::printf("           no flame graph: %s\n", into_.profiles.back().complaint.c_str());
  }

  void tell(const figures& one) {
    std::printf(
        "[%3zu/%zu] %d  %-26s %-28s %10s/s  p99 %8s ms  %6s us serving  %s\n", into_.runs.size() + 1,
        planned_, one.round, one.system.c_str(), one.scenario.c_str(), short_number(one.a_second).c_str(),
        short_number(one.percentile_ms.contains("99") ? one.percentile_ms.at("99") : 0).c_str(),
        short_number(one.serving_micros).c_str(), one.wrong.empty() ? "" : ("WRONG: " + one.wrong).c_str());
    std::fflush(stdout);
  }

  const arguments& with_;
  report& into_;
  extent how_long_;
  std::vector<heat> plan_;
  std::size_t planned_ = 0;
};

void write(report& what, const arguments& with) {
  std::filesystem::create_directories(with.out);
  const auto name = now_text("%Y-%m-%d-%H%M%S");
  // By scenario, in the order of the first round.
  what.standings = standings_of(what.runs);
  std::vector<std::string> order;
  for (const auto& each : what.standings)
    if (std::find(order.begin(), order.end(), each.scenario) == order.end())
      order.push_back(each.scenario);
  std::stable_sort(what.standings.begin(), what.standings.end(), [&](const auto& one, const auto& other) {
    return std::find(order.begin(), order.end(), one.scenario) <
           std::find(order.begin(), order.end(), other.scenario);
  });
  what.verdicts = verdicts_of(what.standings);
  std::ofstream(with.out / (name + ".json")) << json_of(what).dump(1) << '\n';
  std::ofstream(with.out / (name + ".html")) << page_of(what);
  std::printf("%s\n%s and .html\n", table_of(what).c_str(), (with.out / (name + ".json")).c_str());
}

} // namespace

int main(int argc, char** argv) try {
  const auto with = arguments_of(argc, argv);
  if (!with) {
    std::fprintf(
        stderr,
        "usage: bench_contest [--quick|--smoke] [--flames] [--rounds=N] [--system=BEGINNING] [--out=FOLDER] "
        "[SCENARIO...]\nscenarios:");
    for (const auto& each : families())
      std::fprintf(stderr, " %s", each.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  end_on_signals();
  allow_many_files();
  report what;
  what.date = now_text("%F %H:%M");
  what.depth = with->how_deep == depth::full ? "full" : with->how_deep == depth::quick ? "quick" : "smoke";
  what.command = "scripts/bench";
  for (int at = 1; at < argc; ++at)
    what.command += std::string(" ") + argv[at];
  what.machine = describe_machine();
  for (const auto& [name, value] : what.machine)
    std::printf("%-14s %s\n", name.c_str(), value.c_str());
  test::postgres_server::of_this_program(); // must outlive the contest
  bool stopped = false;
  try {
    contest{*with, what}.run();
  } catch (const interrupted&) {
    stopped = true;
  }
  if (!what.runs.empty())
    write(what, *with);
  if (stopped)
    return 130;
  const bool all_right =
      std::all_of(what.runs.begin(), what.runs.end(), [](const auto& each) { return each.wrong.empty(); });
  return all_right ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_contest: %s\n", error.what());
  return 1;
}
