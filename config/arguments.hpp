#pragma once

#include "config/options.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace frontrow::config {

/// The words of a command line, told apart but not yet understood.
struct arguments {
  enum class help_kind { ours, all };
  std::optional<help_kind> wants_help;
  std::optional<std::string> config_file;
  /// Settings in the order given: key, text of the value.
  std::vector<std::pair<std::string, std::string>> settings;
  /// `serve`, `token`, …; empty when none was given.
  std::string word;
  /// Options of the command itself (`user`, `json`), not settings.
  std::vector<std::pair<std::string, std::string>> word_options;
};

/// `config [--key K]`: show the settings in force.
struct show_request {
  std::optional<std::string> key;
};

/// The head of the help text.
extern const char* const usage_text;

/// What may follow a key.
enum class option_kind { unknown, flag, value };

/// Splits a command line. `kind_of` tells whether a setting of that name exists and stands alone.
std::variant<arguments, mistake> sort_arguments(const std::vector<std::string>& args,
                                                const std::function<option_kind(std::string_view)>& kind_of);

/// The command with its own options checked.
std::variant<command, show_request, mistake> command_of(const arguments& given);

} // namespace frontrow::config
