#include "config/log_line.hpp"
#include "config/logging.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace frontrow;

namespace {

/// A file that is gone when the test is.
struct log_file {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("frontrow-log-" + std::to_string(::getpid()));
  ~log_file() { std::filesystem::remove(path); }
  std::vector<std::string> lines() const {
    std::ifstream from{path};
    std::vector<std::string> all;
    for (std::string line; std::getline(from, line);)
      all.push_back(line);
    return all;
  }
  config::log_settings settings(std::string format, std::string level = "info") const {
    return {.level = std::move(level), .format = std::move(format), .file = path.string()};
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(logs)

BOOST_AUTO_TEST_CASE(a_json_line_has_the_named_values_as_members) {
  log_file file;
  {
    config::logging log{file.settings("json")};
    auto logger = log.logger("http");
    logger->warn(config::log_line{"a \"quoted\" \\ word"}.with("traceId", "t-1").with("status", 404).text());
    logger->debug("not asked for");
  }
  auto lines = file.lines();
  BOOST_REQUIRE(lines.size() == 1U);
  auto line = nlohmann::json::parse(lines[0]);
  BOOST_TEST(line["level"] == "warning");
  BOOST_TEST(line["logger"] == "http");
  BOOST_TEST(line["msg"] == "a \"quoted\" \\ word");
  BOOST_TEST(line["traceId"] == "t-1");
  BOOST_TEST(line["status"] == 404);
  BOOST_TEST(line["ts"].get<std::string>().size() == 24U);
}

BOOST_AUTO_TEST_CASE(a_text_line_has_them_behind_the_message) {
  log_file file;
  {
    config::logging log{file.settings("text")};
    log.logger("access")->info(config::log_line{"request"}.with("status", 200).with("traceId", "t").text());
  }
  auto lines = file.lines();
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0].substr(24) == " info access: request status=200 traceId=t");
}

BOOST_AUTO_TEST_CASE(nobody_can_forge_a_line_or_a_member) {
  for (auto format : {"json", "text"}) {
    log_file file;
    {
      config::logging log{file.settings(format)};
      log.logger("x")->info(config::log_line{"m"}
                                .with("path", "/a\n{\"forged\":1}\x1e"
                                              "user\x1f"
                                              "1\xff")
                                .text());
      log.logger("x")->info("plain\nwith a break");
    }
    auto lines = file.lines();
    BOOST_TEST_CONTEXT(format) {
      BOOST_REQUIRE(lines.size() == 2U);
      if (std::string{format} == "json") {
        auto line = nlohmann::json::parse(lines[0]);
        BOOST_TEST(line.size() == 5U);
        BOOST_TEST(!line.contains("user"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_come_out_while_the_program_runs) {
  log_file file;
  config::logging log{file.settings("text")};
  log.logger("x")->info("line");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (file.lines().empty() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  BOOST_TEST(file.lines().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_warning_brings_all_lines_out_at_once) {
  struct telling_sink final : spdlog::sinks::sink {
    std::promise<std::string> written;
    void log(const spdlog::details::log_msg& message) override {
      written.set_value({message.payload.data(), message.payload.size()});
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
  };
  auto to = std::make_shared<telling_sink>();
  config::gathering_sink sink{to, std::make_unique<spdlog::pattern_formatter>("%v"), std::chrono::hours{1}};
  auto written = to->written.get_future();
  sink.log({"", spdlog::level::info, "usual"});
  sink.log({"", spdlog::level::warn, "urgent"});
  BOOST_REQUIRE(written.wait_for(std::chrono::seconds{30}) == std::future_status::ready);
  BOOST_TEST(written.get() == "usual\nurgent\n");
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_are_whole_and_each_threads_in_order) {
  log_file file;
  constexpr int threads = 4, lines_each = 2'000;
  {
    config::logging log{file.settings("text")};
    std::vector<std::jthread> all;
    for (int thread = 0; thread < threads; ++thread)
      all.emplace_back([logger = log.logger("t" + std::to_string(thread))] {
        for (int line = 0; line < lines_each; ++line)
          logger->info(config::log_line{"l"}.with("n", line).text());
      });
  }
  std::map<std::string, int> next;
  for (const auto& line : file.lines()) {
    const auto rest = line.substr(30); // behind the time and the level
    const auto name = rest.substr(0, rest.find(':'));
    BOOST_REQUIRE(rest == name + ": l n=" + std::to_string(next[name]));
    ++next[name];
  }
  BOOST_REQUIRE(next.size() == threads);
  for (const auto& [name, count] : next)
    BOOST_TEST(count == lines_each, name);
}

BOOST_AUTO_TEST_CASE(when_writing_stands_still_new_lines_are_dropped_and_counted) {
  /// Does not come back from its first line before it is told to.
  struct stuck_sink final : spdlog::sinks::sink {
    std::promise<void> entered, may_go;
    std::string written;
    bool first = true;
    void log(const spdlog::details::log_msg& message) override {
      if (std::exchange(first, false)) {
        entered.set_value();
        may_go.get_future().wait();
      }
      written.append(message.payload.data(), message.payload.size());
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
  };
  auto stuck = std::make_shared<stuck_sink>();
  config::gathering_sink sink{stuck, std::make_unique<spdlog::pattern_formatter>("%v")};
  const std::string text(1'000, 'x');
  const auto say = [&] { sink.log({"", spdlog::level::info, text}); };
  say();
  stuck->entered.get_future().wait();
  constexpr auto fit = config::gathering_sink::bytes_max / 1'001;
  for (std::size_t line = 0; line < fit + 7; ++line)
    say();
  BOOST_TEST(sink.dropped() == 7U);
  stuck->may_go.set_value();
  sink.end();
  BOOST_TEST(stuck->written.size() == (fit + 1) * 1'001);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_counted_and_what_comes_after_the_end_goes_nowhere) {
  struct full_disk final : spdlog::sinks::sink {
    void log(const spdlog::details::log_msg&) override { throw spdlog::spdlog_ex("no space left"); }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
  };
  config::gathering_sink sink{std::make_shared<full_disk>(), std::make_unique<spdlog::pattern_formatter>("%v")};
  for (int line = 0; line < 3; ++line)
    sink.log({"", spdlog::level::info, "line"});
  sink.end();
  sink.log({"", spdlog::level::info, "late"});
  BOOST_TEST(sink.dropped() == 3U);
}

BOOST_AUTO_TEST_CASE(what_is_queued_is_written_before_the_end) {
  log_file file;
  {
    config::logging log{file.settings("text")};
    auto logger = log.logger("x");
    for (int each = 0; each < 5000; ++each)
      logger->info("line");
    BOOST_TEST(log.dropped() == 0U);
  }
  BOOST_TEST(file.lines().size() == 5000U);
}

BOOST_AUTO_TEST_SUITE_END()
