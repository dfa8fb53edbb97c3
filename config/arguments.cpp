#include "config/arguments.hpp"

#include <algorithm>
#include <charconv>

namespace frontrow::config {

const char* const usage_text =
    R"(usage: frontrow [options] [command] [command's options]

commands:
  serve                                sell tickets (also when no command is given)
  token --user N [--ttl-seconds N]     print an access token for user N, signed with the cluster's secret
  migrate                              bring the database's tables up to date
  audit [--json]                       check from the journal alone that no seat and no money went astray
  verify-ticket --ticket TEXT [--public-key KEY]
                                       say whether a ticket is good, offline; TEXT may be - (standard input), KEY is
                                       what /api/v1/ticket-key gives (default: the key in the data folder)
  config [--key KEY]                   show the settings in force and where each comes from, secrets left out

options stand as --part.key=VALUE; precedence: command line, environment, --config-file, default.
environment: FRONTROW_HTTP_PORT, FRONTROW_ADMIN_PORT, FRONTROW_DATA_DIR, FRONTROW_DATABASE_URL,
  FRONTROW_DEMO=0|1, FRONTROW_RATE_LIMITS=0|1, FRONTROW_JWT_SECRET
  --config-file=FILE                   read settings from a file (config/frontrow.example.conf shows all)
  --help, --long-help, --version

)";

namespace {

struct word_option {
  const char* word;
  const char* name;
  option_kind kind;
};

constexpr word_option word_options_known[] = {
    {"token", "user", option_kind::value},
    {"token", "ttl-seconds", option_kind::value},
    {"audit", "json", option_kind::flag},
    {"config", "key", option_kind::value},
    {"verify-ticket", "ticket", option_kind::value},
    {"verify-ticket", "public-key", option_kind::value},
};

constexpr const char* words_known[] = {"serve", "token", "migrate", "audit", "config", "verify-ticket", "version"};

const word_option* find_word_option(std::string_view name) {
  for (const auto& each : word_options_known)
    if (name == each.name)
      return &each;
  return nullptr;
}

std::optional<std::int64_t> positive(const std::string& text) {
  std::int64_t value = 0;
  auto end = text.data() + text.size();
  auto [stopped, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stopped != end || value <= 0)
    return std::nullopt;
  return value;
}

std::variant<command, mistake> token_of(const arguments& given) {
  token_command token;
  for (const auto& [name, text] : given.word_options) {
    auto number = positive(text);
    if (!number)
      return mistake{"token: --" + name + " must be a positive whole number, not \"" + text + "\""};
    if (name == "user")
      token.user = *number;
    else
      token.ttl_seconds = *number;
  }
  if (token.user == 0)
    return mistake{"token: --user is missing, as in: frontrow token --user 42"};
  return token;
}

std::variant<command, mistake> verify_ticket_of(const arguments& given) {
  verify_ticket_command wanted;
  for (const auto& [name, text] : given.word_options)
    (name == "ticket" ? wanted.ticket : wanted.public_key) = text;
  if (wanted.ticket.empty())
    return mistake{"verify-ticket: --ticket is missing, as in: frontrow verify-ticket --ticket FR1...."};
  return command{wanted};
}

} // namespace

std::variant<arguments, mistake> sort_arguments(const std::vector<std::string>& args,
                                                const std::function<option_kind(std::string_view)>& kind_of) {
  arguments result;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& arg = args[i];
    if (arg == "-h" || arg == "--help" || arg == "--long-help") {
      result.wants_help = arg == "--long-help" ? arguments::help_kind::all : arguments::help_kind::ours;
      continue;
    }
    if (arg.rfind("--", 0) != 0 || arg.size() == 2) {
      auto word = arg == "-V" ? "version" : arg;
      if (!result.word.empty() ||
          std::find(std::begin(words_known), std::end(words_known), word) == std::end(words_known))
        return mistake{"unexpected \"" + arg + "\" (frontrow --help lists commands and options)"};
      result.word = word;
      continue;
    }
    auto equals = arg.find('=');
    auto name = arg.substr(2, equals == std::string::npos ? equals : equals - 2);
    if (name == "version") {
      result.word = name;
      continue;
    }
    auto own = find_word_option(name);
    auto kind = own != nullptr ? own->kind : name == "config-file" ? option_kind::value : kind_of(name);
    if (kind == option_kind::unknown)
      return mistake{"unknown option --" + name + " (frontrow --help lists all)"};
    std::string value = "true";
    if (equals != std::string::npos)
      value = arg.substr(equals + 1);
    else if (kind == option_kind::value && i + 1 < args.size() && args[i + 1].rfind("--", 0) != 0)
      value = args[++i];
    else if (kind == option_kind::value)
      return mistake{"--" + name + " needs a value"};
    if (name == "config-file")
      result.config_file = value;
    else if (own != nullptr)
      result.word_options.emplace_back(name, value);
    else
      result.settings.emplace_back(name, value);
  }
  return result;
}

std::variant<command, show_request, mistake> command_of(const arguments& given) {
  auto word = given.word.empty() ? std::string{"serve"} : given.word;
  for (const auto& [name, ignored] : given.word_options)
    if (auto own = find_word_option(name); own == nullptr || word != own->word)
      return mistake{"unknown option --" + name + " of \"" + word + "\" (frontrow --help lists all)"};
  if (word == "token") {
    auto token = token_of(given);
    if (auto problem = std::get_if<mistake>(&token))
      return *problem;
    return std::get<command>(token);
  }
  if (word == "verify-ticket") {
    auto wanted = verify_ticket_of(given);
    if (auto problem = std::get_if<mistake>(&wanted))
      return *problem;
    return std::get<command>(wanted);
  }
  if (word == "config") {
    show_request show;
    if (!given.word_options.empty())
      show.key = given.word_options.back().second;
    return show;
  }
  if (word == "audit")
    return command{audit_command{given.word_options.empty() ? audit_command::format::text
                                                            : audit_command::format::json}};
  if (word == "migrate")
    return command{migrate_command{}};
  if (word == "version")
    return command{print_command{"frontrow " FRONTROW_VERSION "\n"}};
  return command{serve_command{}};
}

} // namespace frontrow::config
