#include "config/log_line.hpp"
#include "config/logging.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unistd.h>
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
