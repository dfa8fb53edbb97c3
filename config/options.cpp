#include "config/options.hpp"

#include "config/arguments.hpp"
#include "config/cluster_rules.hpp"

#include <algorithm>
#include <array>
#include <caf/config_option.hpp>
#include <caf/config_value.hpp>
#include <caf/error.hpp>
#include <caf/pec.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>
#include <cassert>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace frontrow::config {

namespace {

struct variable {
  const char* name;
  const char* key;
};

constexpr std::array variables_known{
    variable{"FRONTROW_HTTP_PORT", "http.port"},
    variable{"FRONTROW_ADMIN_PORT", "admin.port"},
    variable{"FRONTROW_DATA_DIR", "data-dir"},
    variable{"FRONTROW_DATABASE_URL", "database.url"},
    variable{"FRONTROW_DEMO", "demo"},
    variable{"FRONTROW_RATE_LIMITS", "rate-limits.enabled"},
    variable{"FRONTROW_JWT_SECRET", "login.jwt-secret"},
};

/// CAF's own general options; ours are handled in arguments.cpp, and a file has no business with them.
const std::set<std::string, std::less<>> not_in_a_file{"help", "long-help", "dump-config", "config-file"};

/// Keys whose values are never shown nor repeated in a message.
const std::set<std::string, std::less<>> secret_keys{"login.jwt-secret", "database.url", "journal.databases"};

/// CAF takes a file that ends within `part {` for a good one and forgets the part. Appended to what it reads,
/// this key is only seen when everything before it was complete.
constexpr const char* end_key = "frontrow-end-of-file";

std::string to_std(caf::string_view text) {
  return {text.begin(), text.end()};
}

std::string key_of(const caf::config_option& option) {
  auto category = to_std(option.category());
  return category == "global" ? to_std(option.long_name()) : category + "." + to_std(option.long_name());
}

std::string flag_text(const std::string& text) {
  if (text == "1" || text == "on" || text == "yes")
    return "true";
  if (text == "0" || text == "off" || text == "no")
    return "false";
  return text;
}

/// `line:column: ` of a parser's error, when it has one.
std::string place_of(const caf::error& problem) {
  const auto& context = problem.context();
  if (!context.match_elements<caf::settings>())
    return "";
  const auto& place = context.get_as<caf::settings>(0);
  auto line = caf::get_if<std::int64_t>(&place, "line");
  auto column = caf::get_if<std::int64_t>(&place, "column");
  if (!line || !column)
    return "";
  return std::to_string(*line) + ":" + std::to_string(*column) + ": ";
}

std::string expected_form(const caf::config_option& option) {
  auto type = to_std(option.type_name());
  if (type == "int64")
    return "a whole number";
  if (option.is_flag())
    return "true or false";
  if (type == "string")
    return "a text in quotation marks";
  if (type.find("string") != std::string::npos)
    return "a list of texts in quotation marks";
  return "of type " + type;
}

} // namespace

std::variant<command, mistake> options::read(int argc, char** argv) {
  return read(std::vector<std::string>(argv + std::min(argc, 1), argv + argc),
              [](const char* name) { return std::getenv(name); });
}

std::variant<command, mistake> options::read(const std::vector<std::string>& args,
                                             const environment& variables) {
  auto kind_of = [this](std::string_view key) {
    auto option = find(key);
    if (option == nullptr || not_in_a_file.count(key) != 0)
      return option_kind::unknown;
    return option->is_flag() ? option_kind::flag : option_kind::value;
  };
  auto sorted = sort_arguments(args, kind_of);
  if (auto problem = std::get_if<mistake>(&sorted))
    return *problem;
  const auto& given = std::get<arguments>(sorted);
  if (given.wants_help)
    return print_command{given.wants_help == arguments::help_kind::ours ? help()
                                                                        : custom_options_.help_text(false)};
  if (given.config_file)
    if (auto problem = read_file(*given.config_file))
      return *problem;
  for (const auto& [name, key] : variables_known)
    if (auto text = variables(name); text != nullptr && *text != '\0')
      if (auto problem = set_from_text(key, text, name))
        return *problem;
  for (const auto& [key, text] : given.settings)
    if (auto problem = set_from_text(key, text, "command line"))
      return *problem;
  if (auto problem = check_ranges())
    return *problem;
  if (auto problem = take_roles())
    return *problem;
  if (auto problem = check_together())
    return *problem;
  hand_to_caf();
  auto what = command_of(given);
  if (auto shown = std::get_if<show_request>(&what))
    return show(shown->key);
  if (auto problem = std::get_if<mistake>(&what))
    return *problem;
  auto asked = std::get<command>(std::move(what));
  if (std::holds_alternative<serve_command>(asked))
    if (auto problem = tls_files_mistake(values_.cluster))
      return *problem;
  auto offline = std::holds_alternative<token_command>(asked) || std::holds_alternative<print_command>(asked) ||
                 std::holds_alternative<verify_ticket_command>(asked);
  if (!offline && values_.database.url.empty())
    return mistake{
        "database.url is not given: set FRONTROW_DATABASE_URL or --database.url (scripts/run starts a "
        "private PostgreSQL by itself)"};
  return asked;
}

std::optional<mistake> options::read_file(const std::string& path) {
  std::ifstream file{path};
  if (!file)
    return mistake{path + ": the configuration file cannot be read"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  text += std::string{"\n[global]\n"} + end_key + "=true\n";
  std::istringstream stream{text};
  // Without our options: with them, CAF drops a value of the wrong type and says nothing.
  auto parsed = parse_config(stream);
  if (!parsed)
    return mistake{path + ":" + place_of(parsed.error()) +
                   to_string(static_cast<caf::pec>(parsed.error().code())) + " in the configuration file"};
  if (parsed->find(end_key) == parsed->end())
    return mistake{path + ": the configuration file ends in the middle of a part"};
  if (auto problem = check_file_keys(path, *parsed))
    return problem;
  return set_from_file(path, *parsed);
}

std::optional<mistake> options::check_file_keys(const std::string& path, const caf::settings& file) const {
  for (const auto& [name, value] : file) {
    if (name == end_key)
      continue;
    if (not_in_a_file.count(name) != 0)
      return mistake{path + ": \"" + name + "\" stands on the command line only"};
    if (custom_options_.qualified_name_lookup("global", name) != nullptr)
      continue;
    auto keys = caf::get_if<caf::config_value::dictionary>(&value);
    auto in_part = [&name = name](const caf::config_option& option) { return option.category() == name; };
    if (keys == nullptr || std::none_of(custom_options_.begin(), custom_options_.end(), in_part))
      return mistake{path + ": unknown key \"" + name + "\""};
    for (const auto& [key, ignored] : *keys)
      if (custom_options_.qualified_name_lookup(name, key) == nullptr)
        return mistake{path + ": unknown key \"" + name + "." + key + "\""};
  }
  return std::nullopt;
}

std::optional<mistake> options::set_from_file(const std::string& path, const caf::settings& file) {
  for (const auto& option : custom_options_) {
    auto key = key_of(option);
    auto value = caf::get_if(&file, key);
    if (value == nullptr)
      continue;
    if (option.check(*value))
      return mistake{path + ": " + key + " must be " + expected_form(option)};
    option.store(*value);
    caf::put(content, key, *value);
    origins_[key] = path;
  }
  return std::nullopt;
}

std::optional<mistake> options::set_from_text(const std::string& key, const std::string& text,
                                              const std::string& source) {
  auto option = find(key);
  assert(option != nullptr); // the command line was checked while it was sorted
  auto value = option->parse(option->is_flag() ? flag_text(text) : text);
  if (!value) {
    auto shown = secret_keys.count(key) != 0 ? std::string{"the value"} : "\"" + text + "\"";
    return mistake{source + ": " + key + " must be " + expected_form(*option) + ", not " + shown};
  }
  caf::put(content, key, std::move(*value));
  origins_[key] = source;
  return std::nullopt;
}

std::optional<mistake> options::check_ranges() const {
  for (const auto& [key, allowed] : ranges_)
    if (*allowed.value < allowed.least || *allowed.value > allowed.most)
      return mistake{origin(key) + ": " + key + " must lie between " + std::to_string(allowed.least) +
                     " and " + std::to_string(allowed.most) + ", not " + std::to_string(*allowed.value)};
  for (const auto& [key, allowed] : choices_) {
    if (std::find(allowed.allowed.begin(), allowed.allowed.end(), *allowed.value) != allowed.allowed.end())
      continue;
    std::string list;
    for (const auto& each : allowed.allowed)
      list += (list.empty() ? "" : ", ") + each;
    return mistake{origin(key) + ": " + key + " must be one of " + list + ", not \"" + *allowed.value + "\""};
  }
  return std::nullopt;
}

std::optional<mistake> options::check_together() const {
  const auto& v = values_;
  if (v.data_dir.empty())
    return mistake{origin("data-dir") + ": data-dir must not be empty"};
  if (v.login.algorithm == "RS256" && v.login.public_key_file.empty())
    return mistake{"login.algorithm RS256 needs login.public-key-file"};
  const auto both = v.node.has_role("front") && v.node.has_role("admin");
  if (both && v.http.port != 0 && v.http.port == v.admin.port && v.http.address == v.admin.address)
    return mistake{"http.port and admin.port are both " + std::to_string(v.http.port)};
  if (v.journal.backoff_first_ms > v.journal.backoff_last_ms)
    return mistake{"journal.backoff-first-ms must not be above journal.backoff-last-ms"};
  return cluster_mistake(v.cluster);
}

std::optional<mistake> options::take_roles() {
  auto roles = roles_of(roles_);
  if (auto problem = std::get_if<mistake>(&roles))
    return mistake{origin("node.roles") + ": " + problem->what};
  values_.node.roles = std::get<std::vector<std::string>>(std::move(roles));
  return std::nullopt;
}

void options::hand_to_caf() {
  const auto& cluster = values_.cluster;
  auto follow = [this](const char* key, auto value) {
    if (origins_.count(key) == 0)
      set(key, std::move(value));
  };
  // Off by default: a frozen peer would go unnoticed while memory grows (FACTS: 500 ms and 2 s).
  follow("middleman.connection-timeout", caf::timespan{std::chrono::milliseconds{cluster.link_timeout_ms}});
  follow("middleman.heartbeat-interval", caf::timespan{std::chrono::milliseconds{cluster.link_timeout_ms}} / 4);
  if (!cluster.tls)
    return;
  follow("openssl.certificate", cluster.tls_certificate);
  follow("openssl.key", cluster.tls_key);
  follow("openssl.cafile", cluster.tls_ca);
}

const caf::config_option* options::find(std::string_view key) const {
  auto dot = key.find('.');
  auto view = [](std::string_view text) { return caf::string_view{text.data(), text.size()}; };
  if (dot == std::string_view::npos)
    return custom_options_.qualified_name_lookup("global", view(key));
  return custom_options_.qualified_name_lookup(view(key.substr(0, dot)), view(key.substr(dot + 1)));
}

std::string options::origin(const std::string& key) const {
  auto found = origins_.find(key);
  return found == origins_.end() ? "default" : found->second;
}

std::variant<command, mistake> options::show(const std::optional<std::string>& key) const {
  std::string text;
  for (const auto& option : own_) {
    auto name = key_of(option);
    if (key && *key != name)
      continue;
    auto value = option.get();
    auto shown = value ? to_string(*value) : std::string{};
    if (auto plain = value ? caf::get_if<std::string>(&*value) : nullptr)
      shown = key ? *plain : "\"" + *plain + "\"";
    if (secret_keys.count(name) != 0)
      shown = shown.empty() || shown == "\"\"" || shown == "[]" ? "" : "(given)";
    text += key ? shown + "\n" : name + "=" + shown + "  ; " + origin(name) + "\n";
  }
  if (key && text.empty())
    return mistake{"config: unknown key \"" + *key + "\""};
  return print_command{std::move(text)};
}

std::string options::help() const {
  return std::string{usage_text} + own_.help_text(false) +
         "CAF's own parts (scheduler.max-threads and others): --long-help\n";
}

std::vector<std::string> options::keys() const {
  std::vector<std::string> names;
  for (const auto& option : own_)
    names.push_back(key_of(option));
  return names;
}

} // namespace frontrow::config
