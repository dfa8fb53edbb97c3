#include "config/cluster_rules.hpp"
#include "config/options.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/settings.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace frontrow::config;
namespace data = boost::unit_test::data;

using words = std::vector<std::string>;
using variables = std::map<std::string, std::string>;

/// One start of the program: what it is given.
struct start {
  std::string file;
  variables environment;
  words args;
};

class configuration_file {
public:
  explicit configuration_file(const std::string& text)
      : path_{std::filesystem::temp_directory_path() /
              ("frontrow-options-" + std::to_string(::getpid()) + ".conf")} {
    std::ofstream{path_} << text;
  }
  configuration_file(const configuration_file&) = delete;
  configuration_file& operator=(const configuration_file&) = delete;
  ~configuration_file() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

private:
  std::filesystem::path path_;
};

std::variant<command, mistake> read(options& configuration, const start& given) {
  std::optional<configuration_file> file;
  auto args = given.args;
  if (!given.file.empty()) {
    file.emplace(given.file);
    args.insert(args.begin(), "--config-file=" + file->path());
  }
  return configuration.read(args, [&](const char* name) -> const char* {
    auto found = given.environment.find(name);
    return found == given.environment.end() ? nullptr : found->second.c_str();
  });
}

/// What a start refuses with; fails the test when it does not.
std::string refusal_of(const start& given) {
  options configuration;
  auto asked = read(configuration, given);
  auto problem = std::get_if<mistake>(&asked);
  BOOST_REQUIRE_MESSAGE(problem != nullptr, "was accepted");
  return problem->what;
}

template <class Command>
Command command_of(const words& args) {
  options configuration;
  auto asked = read(configuration, {"", {{"FRONTROW_DATABASE_URL", "dbname=x"}}, args});
  if (auto problem = std::get_if<mistake>(&asked))
    BOOST_FAIL(problem->what);
  auto wanted = std::get_if<Command>(&std::get<command>(asked));
  BOOST_REQUIRE(wanted != nullptr);
  return *wanted;
}

struct port_case {
  const char* file;
  const char* variable;
  const char* arg;
  std::int64_t port;
};
std::ostream& operator<<(std::ostream& out, const port_case& c) {
  return out << "file " << c.file << ", environment " << c.variable << ", command line " << c.arg;
}

const port_case port_cases[] = {
    {"", "", "", 8080}, {"1", "", "", 1},  {"", "2", "", 2},  {"1", "2", "", 2},
    {"", "", "3", 3},   {"1", "", "3", 3}, {"", "2", "3", 3}, {"1", "2", "3", 3},
};

struct bad_case {
  start given;
  const char* says;
};
std::ostream& operator<<(std::ostream& out, const bad_case& c) {
  return out << c.says;
}

const bad_case bad_cases[] = {
    {{"nix=1\n", {}, {}}, "unknown key \"nix\""},
    {{"[http]\nprot=1\n", {}, {}}, "unknown key \"http.prot\""},
    {{"http { prot=1 }\n", {}, {}}, "unknown key \"http.prot\""},
    {{"[htpp]\nport=1\n", {}, {}}, "unknown key \"htpp\""},
    {{"[htpp]\n", {}, {}}, "unknown key \"htpp\""},
    {{"help=true\n", {}, {}}, "stands on the command line only"},
    {{"http=3\n", {}, {}}, "unknown key \"http\""},
    {{"[http]\nport=\"80\"\n", {}, {}}, "http.port must be a whole number"},
    {{"[http]\nport=1.5\n", {}, {}}, "http.port must be a whole number"},
    {{"[http]\nport=70000\n", {}, {}}, "http.port must lie between 0 and 65535, not 70000"},
    {{"[http]\nport=99999999999999999999\n", {}, {}}, ":2:"},
    {{"[http]\nopen-registration=1\n", {}, {}}, "http.open-registration must be true or false"},
    {{"[http]\naddress=localhost\n", {}, {}}, ":2:"},
    {{"http {\nport=1\n", {}, {}}, "configuration file"},
    {{"[journal]\ndatabases=\"x\"\n", {}, {}}, "journal.databases must be a list"},
    {{"[journal]\ndatabases=[1]\n", {}, {}}, "journal.databases must be a list"},
    {{"[scheduler]\nmax-threads=\"x\"\n", {}, {}}, "scheduler.max-threads"},
    {{"", {}, {"--config-file=/nowhere/at/all"}}, "/nowhere/at/all: the configuration file cannot be read"},
    {{"", {}, {"--config-file"}}, "--config-file needs a value"},
    {{"", {}, {"--nix=1"}}, "unknown option --nix"},
    {{"", {}, {"--nix"}}, "unknown option --nix"},
    {{"", {}, {"--nix", "serve"}}, "unknown option --nix"},
    {{"", {}, {"--http.nix=1"}}, "unknown option --http.nix"},
    {{"", {}, {"--port=1"}}, "unknown option --port"},
    {{"", {}, {"--dump-config=true"}}, "unknown option --dump-config"},
    {{"", {}, {"--http.port"}}, "--http.port needs a value"},
    {{"", {}, {"--http.port=x"}}, "command line: http.port must be a whole number, not \"x\""},
    {{"", {}, {"--http.port=8o"}}, "not \"8o\""},
    {{"", {}, {"--http.port="}}, "http.port must be a whole number"},
    {{"", {}, {"--http.port=-1"}}, "command line: http.port must lie between 0 and 65535, not -1"},
    {{"", {}, {"--http.port=99999999999999999999"}}, "http.port must be a whole number"},
    {{"", {}, {"--journal.max-batch=0"}}, "journal.max-batch must lie between 1 and"},
    {{"", {}, {"--demo=maybe"}}, "demo must be true or false, not \"maybe\""},
    {{"", {}, {"--log.level=loud"}},
     "log.level must be one of trace, debug, info, warn, error, off, not \"loud\""},
    {{"", {}, {"--login.algorithm=none"}}, "login.algorithm must be one of HS256, RS256"},
    {{"", {}, {"--login.algorithm=RS256"}}, "needs login.public-key-file"},
    {{"", {}, {"--http.port=9", "--admin.port=9"}}, "http.port and admin.port are both 9"},
    {{"", {}, {"--data-dir="}}, "data-dir must not be empty"},
    {{"", {}, {"--journal.backoff-first-ms=5000"}}, "journal.backoff-last-ms"},
    {{"", {{"FRONTROW_HTTP_PORT", "http"}}, {}}, "FRONTROW_HTTP_PORT: http.port must be a whole number"},
    {{"", {{"FRONTROW_HTTP_PORT", "65536"}}, {}}, "FRONTROW_HTTP_PORT: http.port must lie between"},
    {{"", {{"FRONTROW_DEMO", "2"}}, {}}, "FRONTROW_DEMO: demo must be true or false"},
    {{"", {{"FRONTROW_RATE_LIMITS", "never"}}, {}},
     "FRONTROW_RATE_LIMITS: rate-limits.enabled must be true or"},
    {{"", {}, {}}, "database.url is not given"},
    {{"", {}, {"migrate"}}, "database.url is not given"},
    {{"", {}, {"audit"}}, "database.url is not given"},
    {{"", {}, {"sell"}}, "unexpected \"sell\""},
    {{"", {}, {"serve", "migrate"}}, "unexpected \"migrate\""},
    {{"", {}, {"-x"}}, "unexpected \"-x\""},
    {{"", {}, {"token"}}, "--user is missing"},
    {{"", {}, {"token", "--user"}}, "--user needs a value"},
    {{"", {}, {"token", "--user", "0"}}, "--user must be a positive whole number"},
    {{"", {}, {"token", "--user=4x"}}, "--user must be a positive whole number"},
    {{"", {}, {"token", "--user=1", "--ttl-seconds=-5"}}, "--ttl-seconds must be a positive whole number"},
    {{"", {}, {"token", "--user=1", "--json"}}, "unknown option --json of \"token\""},
    {{"", {}, {"--user=1"}}, "unknown option --user of \"serve\""},
    {{"", {}, {"--node.roles="}}, "command line: node.roles must name front or shards, not \"\""},
    {{"", {}, {"--node.roles=admin"}}, "node.roles must name front or shards, not \"admin\""},
    {{"", {}, {"--node.roles=front,door"}}, "node.roles must be some of front, shards, admin"},
    {{"", {}, {"--node.roles=front,"}}, "node.roles must be some of front, shards, admin"},
    {{"", {}, {"--node.roles=,front"}}, "node.roles must be some of front, shards, admin"},
    {{"[node]\nroles=[\"front\"]\n", {}, {}}, "node.roles must be a text"},
    {{"", {}, {"--node.weight=0"}}, "node.weight must lie between 1 and 1000, not 0"},
    {{"", {}, {"--cluster.port=65536"}}, "cluster.port must lie between 0 and 65535"},
    {{"", {}, {"--cluster.lease-margin-ms=3000"}}, "cluster.lease-margin-ms must be below cluster.lease-ms"},
    {{"", {}, {"--cluster.renew-ms=1251"}}, "cluster.renew-ms must be at most half"},
    {{"", {}, {"--cluster.link-beat-ms=1001"}}, "cluster.link-beat-ms must be at most half"},
    {{"", {}, {"--cluster.tls"}}, "cluster.tls needs cluster.tls-certificate, cluster.tls-key and cluster.tls-ca"},
    {{"", {}, {"--cluster.tls", "--cluster.tls-certificate=a", "--cluster.tls-key=b"}}, "cluster.tls needs"},
    {{"",
      {},
      {"--cluster.tls", "--cluster.tls-certificate=/nowhere/c", "--cluster.tls-key=b", "--cluster.tls-ca=c"}},
     "cluster.tls-certificate: /nowhere/c cannot be read"},
    {{"",
      {},
      {"--cluster.tls", "--cluster.tls-certificate=/etc/hostname", "--cluster.tls-key=/etc", "--cluster.tls-ca=c"}},
     "cluster.tls-key: /etc cannot be read"},
    {{"", {}, {"--cluster.address="}}, "cluster.address must not be empty"},
    {{"", {}, {"--cluster.address=10.0.0.1"}}, "cluster.address \"10.0.0.1\" is not loopback"},
    {{"", {}, {"--cluster.address=127.example.org"}}, "is not loopback"},
    {{"", {}, {"--cluster.advertise=db.example.org:99"}}, "cluster.advertise \"db.example.org\" is not loopback"},
    {{"", {}, {"--cluster.address=0.0.0.0", "--cluster.allow-plaintext"}}, "cluster.advertise must say"},
    {{"", {}, {"--cluster.advertise=a:b"}}, "cluster.advertise must be a host or host:port"},
    {{"", {}, {"--cluster.advertise=a:0"}}, "cluster.advertise must be a host or host:port"},
    {{"", {}, {"--cluster.advertise=::1"}}, "cluster.advertise must be a host or host:port"},
    {{"", {}, {"--cluster.advertise=0.0.0.0:80"}}, "cluster.advertise must be a host or host:port"},
    {{"", {}, {"config", "--key=nix"}}, "unknown key \"nix\""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(options_read)

BOOST_DATA_TEST_CASE(the_command_line_wins_over_the_environment_over_the_file, data::make(port_cases), c) {
  start given;
  if (*c.file != '\0')
    given.file = std::string{"[http]\nport="} + c.file + "\n";
  given.environment = {{"FRONTROW_HTTP_PORT", c.variable}, {"FRONTROW_DATABASE_URL", "dbname=x"}};
  if (*c.arg != '\0')
    given.args = {std::string{"--http.port="} + c.arg};
  options configuration;
  auto asked = read(configuration, given);
  BOOST_REQUIRE(std::holds_alternative<command>(asked));
  BOOST_TEST(configuration.values().http.port == c.port);
}

BOOST_DATA_TEST_CASE(what_is_wrong_is_refused_in_one_line, data::make(bad_cases), c) {
  auto says = refusal_of(c.given);
  BOOST_TEST_INFO("it says: " << says);
  BOOST_TEST((says.find(c.says) != std::string::npos));
  BOOST_TEST((says.find('\n') == std::string::npos));
}

BOOST_AUTO_TEST_CASE(each_variable_sets_its_key) {
  options configuration;
  auto asked = read(configuration, {"",
                                    {{"FRONTROW_HTTP_PORT", "1"},
                                     {"FRONTROW_ADMIN_PORT", "2"},
                                     {"FRONTROW_DATA_DIR", "/srv/front row"},
                                     {"FRONTROW_DATABASE_URL", "host=a,b user='x y' password=\"p\""},
                                     {"FRONTROW_DEMO", "0"},
                                     {"FRONTROW_RATE_LIMITS", "0"},
                                     {"FRONTROW_JWT_SECRET", "quite secret"}},
                                    {}});
  BOOST_REQUIRE(std::holds_alternative<command>(asked));
  const auto& values = configuration.values();
  BOOST_TEST(values.http.port == 1);
  BOOST_TEST(values.admin.port == 2);
  BOOST_TEST(values.data_dir == "/srv/front row");
  BOOST_TEST(values.database.url == "host=a,b user='x y' password=\"p\"");
  BOOST_TEST(!values.demo);
  BOOST_TEST(!values.rate_limits.enabled);
  BOOST_TEST(values.login.jwt_secret == "quite secret");
}

BOOST_AUTO_TEST_CASE(both_forms_of_a_file_set_the_values) {
  options configuration;
  auto asked =
      read(configuration, {"; a comment\ndata-dir=\"v\"\ndemo=false\nhttp {\n  port=7 ; why\n"
                           "  address=\"::1\"\n}\n[journal]\ndatabases=[\"dbname=a\",\n\"dbname=b\"]\n"
                           "[database]\nurl=\"dbname=x\"\n[scheduler]\nmax-threads=3\n",
                           {},
                           {}});
  if (auto problem = std::get_if<mistake>(&asked))
    BOOST_FAIL(problem->what);
  const auto& values = configuration.values();
  BOOST_TEST(values.data_dir == "v");
  BOOST_TEST(!values.demo);
  BOOST_TEST(values.http.port == 7);
  BOOST_TEST(values.http.address == "::1");
  BOOST_TEST(values.journal.databases == (words{"dbname=a", "dbname=b"}), boost::test_tools::per_element());
  BOOST_TEST(caf::get_or(configuration.content, "scheduler.max-threads", std::uint64_t{0}) == 3u);
}

BOOST_AUTO_TEST_CASE(a_flag_stands_alone_or_with_a_value) {
  struct {
    words args;
    bool demo;
  } const cases[] = {{{"--demo"}, true},
                     {{"--demo=1"}, true},
                     {{"--demo=true"}, true},
                     {{"--demo=0"}, false},
                     {{"--demo=off"}, false},
                     {{"--demo=false", "serve"}, false},
                     {{"--demo=0", "--demo"}, true}};
  for (const auto& c : cases) {
    options configuration;
    auto asked = read(configuration, {"", {{"FRONTROW_DATABASE_URL", "dbname=x"}}, c.args});
    BOOST_REQUIRE(std::holds_alternative<command>(asked));
    BOOST_TEST(configuration.values().demo == c.demo);
  }
}

BOOST_AUTO_TEST_CASE(each_command_is_told_from_the_others) {
  command_of<serve_command>({});
  command_of<serve_command>({"serve", "--http.port", "9"});
  command_of<migrate_command>({"migrate"});
  BOOST_TEST((command_of<audit_command>({"audit"}).output == audit_command::format::text));
  BOOST_TEST((command_of<audit_command>({"audit", "--json"}).output == audit_command::format::json));
  auto token = command_of<token_command>({"--demo", "token", "--user", "42"});
  BOOST_TEST(token.user == 42);
  BOOST_TEST(!token.ttl_seconds);
  BOOST_TEST(command_of<token_command>({"token", "--ttl-seconds=60", "--user=42"}).ttl_seconds.value() == 60);
  BOOST_TEST(command_of<print_command>({"--version"}).text.rfind("frontrow ", 0) == 0u);
}

BOOST_AUTO_TEST_CASE(a_token_and_the_help_need_no_database) {
  for (const auto& args :
       {words{"token", "--user=1"}, words{"--help"}, words{"config"}, words{"--version"}}) {
    options configuration;
    BOOST_TEST(std::holds_alternative<command>(read(configuration, {"", {}, args})));
  }
}

BOOST_AUTO_TEST_CASE(the_help_names_every_key_with_its_default) {
  options configuration;
  auto help = command_of<print_command>({"--help"}).text;
  auto keys = configuration.keys();
  BOOST_TEST(keys.size() > 50u);
  for (const auto& key : keys) {
    auto line = help.find("--" + key + "=");
    if (line == std::string::npos)
      line = help.find("--" + key + " ");
    BOOST_TEST_CONTEXT(key) {
      BOOST_REQUIRE((line != std::string::npos));
      auto text = help.substr(line, help.find('\n', line) - line);
      BOOST_TEST_INFO(text);
      BOOST_TEST((text.find("default ") != std::string::npos));
    }
  }
  for (const auto* part :
       {"http", "admin", "journal", "database", "login", "rate-limits", "actors", "node", "cluster", "log"})
    BOOST_TEST((help.find(std::string{part} + " options:") != std::string::npos), part);
  BOOST_TEST((help.find("--http.port") != std::string::npos));
  BOOST_TEST((help.find("default 8080") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_settings_shown_keep_secrets_to_themselves) {
  options configuration;
  auto asked = read(configuration, {"",
                                    {{"FRONTROW_DATABASE_URL", "postgresql://x:hush@h/d"}},
                                    {"--login.jwt-secret=hushhush", "config"}});
  auto shown = std::get<print_command>(std::get<command>(asked)).text;
  BOOST_TEST((shown.find("hush") == std::string::npos));
  BOOST_TEST((shown.find("database.url=(given)  ; FRONTROW_DATABASE_URL\n") != std::string::npos));
  BOOST_TEST((shown.find("http.port=8080  ; default\n") != std::string::npos));
  BOOST_TEST(command_of<print_command>({"--data-dir=a b", "config", "--key", "data-dir"}).text == "a b\n");
  BOOST_TEST(command_of<print_command>({"config", "--key", "database.url"}).text == "(given)\n");
}

BOOST_AUTO_TEST_CASE(a_wrong_secret_is_not_repeated) {
  auto says = refusal_of({"", {}, {"--journal.databases=[\"hush"}});
  BOOST_TEST((says.find("hush") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(roles_are_taken_apart_and_told_once_each_in_one_order) {
  struct {
    words args;
    words roles;
  } const cases[] = {{{}, {"front", "shards", "admin"}},
                     {{"--node.roles=front"}, {"front"}},
                     {{"--node.roles=admin,shards"}, {"shards", "admin"}},
                     {{"--node.roles= shards , front,shards "}, {"front", "shards"}}};
  for (const auto& c : cases) {
    options configuration;
    auto asked = read(configuration, {"", {{"FRONTROW_DATABASE_URL", "dbname=x"}}, c.args});
    BOOST_REQUIRE(std::holds_alternative<command>(asked));
    BOOST_TEST(configuration.values().node.roles == c.roles, boost::test_tools::per_element());
    BOOST_TEST(!configuration.values().node.has_role("door"));
  }
}

BOOST_AUTO_TEST_CASE(one_port_for_both_is_fine_where_only_one_listener_opens) {
  command_of<serve_command>({"--node.roles=front", "--http.port=9", "--admin.port=9"});
}

BOOST_AUTO_TEST_CASE(links_beyond_loopback_are_taken_with_tls_or_by_an_explicit_word) {
  command_of<serve_command>({"--cluster.address=127.1.2.3", "--cluster.advertise=localhost:70"});
  command_of<serve_command>({"--cluster.address=::1", "--cluster.advertise=[::1]:70"});
  command_of<serve_command>({"--cluster.address=10.0.0.1", "--cluster.allow-plaintext"});
  const configuration_file pem{"a certificate, as far as a reader can tell"};
  command_of<serve_command>({"--cluster.address=0.0.0.0", "--cluster.advertise=node-1.example.org:7000",
                             "--cluster.tls", "--cluster.tls-certificate=" + pem.path(),
                             "--cluster.tls-key=" + pem.path(), "--cluster.tls-ca=" + pem.path()});
}

BOOST_AUTO_TEST_CASE(a_token_needs_no_certificate) {
  command_of<token_command>({"token", "--user=1", "--cluster.tls", "--cluster.tls-certificate=/nowhere/c",
                             "--cluster.tls-key=/nowhere/k", "--cluster.tls-ca=/nowhere/a"});
}

BOOST_AUTO_TEST_CASE(an_address_to_dial_is_taken_apart) {
  struct {
    const char* text;
    const char* host;
    unsigned port;
  } const cases[] = {
      {"a.b", "a.b", 0}, {"a.b:70", "a.b", 70}, {"[fe80::1]", "fe80::1", 0}, {"[::1]:65535", "::1", 65535}};
  for (const auto& c : cases) {
    const auto parsed = dial_address_of(c.text);
    BOOST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->host == c.host);
    BOOST_TEST(parsed->port == c.port);
  }
  for (const auto* text : {"", ":70", "a:", "a:65536", "a:+1", "a b", "a/b", "[::1", "[::1]70", "[]:7", "a:1:2"})
    BOOST_TEST(!dial_address_of(text), text);
}

BOOST_AUTO_TEST_CASE(caf_hears_of_links_what_the_cluster_says_unless_told_itself) {
  auto in_ms = [](const options& configuration, const char* key) {
    return caf::get_or(configuration.content, key, caf::timespan{0}).count() / 1'000'000;
  };
  options plain;
  read(plain, {"", {{"FRONTROW_DATABASE_URL", "dbname=x"}}, {}});
  BOOST_TEST(in_ms(plain, "middleman.heartbeat-interval") == 500);
  BOOST_TEST(in_ms(plain, "middleman.connection-timeout") == 2'000);
  BOOST_TEST(plain.openssl_certificate.empty());
  options told;
  const configuration_file pem{"pem"};
  auto asked = read(told, {"",
                           {{"FRONTROW_DATABASE_URL", "dbname=x"}},
                           {"--cluster.link-timeout-ms=4000", "--middleman.heartbeat-interval=70ms",
                            "--cluster.tls", "--cluster.tls-certificate=" + pem.path(),
                            "--cluster.tls-key=" + pem.path(), "--cluster.tls-ca=" + pem.path()}});
  BOOST_REQUIRE(std::holds_alternative<command>(asked));
  BOOST_TEST(in_ms(told, "middleman.heartbeat-interval") == 70);
  BOOST_TEST(in_ms(told, "middleman.connection-timeout") == 4'000);
  BOOST_TEST(told.openssl_certificate == pem.path());
  BOOST_TEST(told.openssl_key == pem.path());
  BOOST_TEST(told.openssl_cafile == pem.path());
}

BOOST_AUTO_TEST_CASE(caf_yields_after_a_hundred_messages) {
  options configuration;
  BOOST_TEST(caf::get_or(configuration.content, "scheduler.max-throughput", std::uint64_t{0}) == 100u);
  auto asked =
      read(configuration, {"", {{"FRONTROW_DATABASE_URL", "dbname=x"}}, {"--scheduler.max-throughput=50"}});
  BOOST_REQUIRE(std::holds_alternative<command>(asked));
  BOOST_TEST(caf::get_or(configuration.content, "scheduler.max-throughput", std::uint64_t{0}) == 50u);
  caf::actor_system starts{configuration};
}

BOOST_AUTO_TEST_SUITE_END()
