#include "config/options.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <unistd.h>

namespace {

using namespace frontrow::config;

const char* no_variables(const char*) {
  return nullptr;
}

/// The example with every setting in force, and the keys it names.
struct uncommented {
  std::string text;
  std::set<std::string> keys;
};

uncommented read_example() {
  std::ifstream file{FRONTROW_SOURCE_DIR "/config/frontrow.example.conf"};
  BOOST_REQUIRE(file);
  uncommented result;
  std::string part;
  const std::regex setting{";([a-z-]+)=.*"};
  const std::regex section{"\\[([a-z-]+)\\]"};
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, section))
      part = match[1].str() + ".";
    else if (std::regex_match(line, match, setting)) {
      result.keys.insert(part + match[1].str());
      line.erase(0, 1);
    }
    result.text += line + "\n";
  }
  return result;
}

/// `frontrow config` without where the values come from.
std::string settings_shown(const std::vector<std::string>& args) {
  options configuration;
  auto all = args;
  all.emplace_back("config");
  auto asked = configuration.read(all, no_variables);
  if (auto problem = std::get_if<mistake>(&asked))
    BOOST_FAIL(problem->what);
  return std::regex_replace(std::get<print_command>(std::get<command>(asked)).text, std::regex{"  ; .*"}, "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(example_file)

BOOST_AUTO_TEST_CASE(it_names_every_key_and_no_other) {
  options configuration;
  std::set<std::string> known;
  for (const auto& key : configuration.keys())
    known.insert(key);
  auto named = read_example().keys;
  BOOST_TEST(named == known, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(with_every_line_in_force_it_says_the_defaults) {
  auto path =
      std::filesystem::temp_directory_path() / ("frontrow-example-" + std::to_string(::getpid()) + ".conf");
  std::ofstream{path} << read_example().text;
  BOOST_TEST(settings_shown({"--config-file=" + path.string()}) == settings_shown({}));
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(as_it_is_it_changes_nothing) {
  BOOST_TEST(settings_shown({"--config-file", FRONTROW_SOURCE_DIR "/config/frontrow.example.conf"}) ==
             settings_shown({}));
}

BOOST_AUTO_TEST_SUITE_END()
