#include "config/secrets.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdlib.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace frontrow::config;
namespace fs = std::filesystem;

struct folder {
  folder() {
    auto pattern = (fs::temp_directory_path() / "frontrow-secrets-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
    values.data_dir = path.string();
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { fs::remove_all(path); }

  void write(const char* name, const std::string& text, ::mode_t mode) const {
    std::ofstream{path / name} << text;
    BOOST_REQUIRE(::chmod((path / name).c_str(), mode) == 0);
  }
  fs::path path;
  settings values;
};

std::string content(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

::mode_t mode(const fs::path& path) {
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

secrets opened(const settings& values) {
  auto result = open_secrets(values);
  if (auto problem = std::get_if<mistake>(&result))
    BOOST_FAIL(problem->what);
  return std::get<secrets>(result);
}

std::string refusal_of(const settings& values) {
  auto result = open_secrets(values);
  BOOST_REQUIRE(std::holds_alternative<mistake>(result));
  return std::get<mistake>(result).what;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(secret_files, folder)

BOOST_AUTO_TEST_CASE(the_first_start_makes_them_and_the_second_finds_them) {
  ::umask(0);
  auto first = opened(values);
  ::umask(022);
  BOOST_TEST(first.admin_token.size() == 64u);
  BOOST_TEST(first.jwt_secret.size() == 64u);
  BOOST_TEST(first.admin_token != first.jwt_secret);
  BOOST_TEST(mode(path / "admin-token") == 0600u);
  BOOST_TEST(mode(path / "jwt-secret") == 0600u);
  BOOST_TEST(content(path / "admin-token") == first.admin_token + "\n");
  auto second = opened(values);
  BOOST_TEST(second.admin_token == first.admin_token);
  BOOST_TEST(second.jwt_secret == first.jwt_secret);
  BOOST_TEST(std::distance(fs::directory_iterator{path}, {}) == 3);
}

BOOST_AUTO_TEST_CASE(the_data_folder_is_made_when_missing) {
  values.data_dir = (path / "a" / "b").string();
  opened(values);
  BOOST_TEST(fs::exists(path / "a" / "b" / "admin-token"));
}

BOOST_AUTO_TEST_CASE(a_given_secret_is_taken_and_written_nowhere) {
  values.login.jwt_secret = "given";
  BOOST_TEST(opened(values).jwt_secret == "given");
  BOOST_TEST(!fs::exists(path / "jwt-secret"));
  BOOST_TEST(fs::exists(path / "admin-token"));
}

BOOST_AUTO_TEST_CASE(a_public_key_needs_no_secret) {
  values.login.algorithm = "RS256";
  BOOST_TEST(opened(values).jwt_secret.empty());
  BOOST_TEST(!fs::exists(path / "jwt-secret"));
}

BOOST_AUTO_TEST_CASE(a_file_that_others_may_read_is_refused) {
  for (::mode_t others : {0640U, 0604U, 0644U, 0620U, 0602U}) {
    write("admin-token", "secret\n", others);
    BOOST_TEST((refusal_of(values).find("admin-token: others may read the secret") != std::string::npos));
  }
  write("admin-token", "secret\n", 0400);
  BOOST_TEST(opened(values).admin_token == "secret");
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_refused) {
  for (const auto* text : {"", "\n", "\r\n\n"}) {
    write("jwt-secret", text, 0600);
    BOOST_TEST((refusal_of(values).find("jwt-secret: the secret is empty") != std::string::npos));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_secret_file_is_refused) {
  fs::create_directory(path / "admin-token");
  BOOST_TEST((refusal_of(values).find("no regular file") != std::string::npos));
  fs::remove(path / "admin-token");
  BOOST_REQUIRE(::mkfifo((path / "admin-token").c_str(), 0600) == 0);
  BOOST_TEST((refusal_of(values).find("no regular file") != std::string::npos));
  fs::remove(path / "admin-token");
  write("admin-token", std::string(5000, 'x'), 0600);
  BOOST_TEST((refusal_of(values).find("longer than a secret is") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_file_left_half_made_by_a_killed_start_does_no_harm) {
  write(("admin-token." + std::to_string(::getpid()) + ".new").c_str(), "half", 0600);
  BOOST_TEST(opened(values).admin_token.size() == 64u);
}

BOOST_AUTO_TEST_CASE(processes_that_start_at_once_agree) {
  for (auto round = 0; round < 20; ++round) {
    auto file = path / ("token-" + std::to_string(round));
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    constexpr int racers = 4;
    for (auto i = 0; i < racers; ++i)
      if (::fork() == 0) {
        auto made = open_secret_file(file);
        auto text =
            std::holds_alternative<std::string>(made) ? std::get<std::string>(made) : std::string(64, '!');
        ::_exit(::write(ends[1], text.data(), 64) == 64 ? 0 : 1);
      }
    ::close(ends[1]);
    std::string all;
    for (char part[64]; auto count = ::read(ends[0], part, sizeof part);)
      all.append(part, static_cast<std::size_t>(count));
    ::close(ends[0]);
    for (auto i = 0; i < racers; ++i)
      ::wait(nullptr);
    BOOST_REQUIRE(all.size() == 64u * racers);
    std::set<std::string> different;
    for (auto i = 0; i < racers; ++i)
      different.insert(all.substr(64u * static_cast<std::size_t>(i), 64));
    BOOST_TEST(different.size() == 1u);
    BOOST_TEST(different.count(std::string(64, '!')) == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
