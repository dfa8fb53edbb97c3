#pragma once

#include "actors/catalog.hpp"
#include "actors/node.hpp"
#include "http/await_answer.hpp"
#include "http/seat_list_text.hpp"

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::http {

/// An option's seats as JSON text, at one version. Built once per version and filter, sent to many without a
/// copy.
struct seat_list_text {
  std::shared_ptr<const std::string> json;
  std::string etag; ///< "<option>-<version>[-<FILTER>]", quotes included
};

/// The seat lists that people look at. Every read asks the seat map for its version, so nobody is shown less
/// than what had happened when they asked; but at most one such question per option is under way (those who
/// come meanwhile share the next one), and a text is built at most once per version.
///
/// While a seat map or its database does not answer, its last list is shown. Safe from any thread; it must
/// outlive what the node still answers. About 120 bytes a seat and text stay in memory for each option
/// that was looked at.
class seat_list_cache {
public:
  explicit seat_list_cache(actors::node& node);
  ~seat_list_cache();

  enum class failure : std::uint8_t { unavailable, not_open };
  using answer = std::variant<seat_list_text, failure>;
  /// `only`: seats with that status; nothing: all.
  awaitable<answer> list(actors::option_on_show option, std::optional<domain::seat_status> only);

  /// How the option's list is written; made at the first use.
  std::shared_ptr<const seat_list_layout> layout_of(const actors::option_on_show& option);

private:
  class version;
  struct option_entry;
  using version_answer = std::variant<std::shared_ptr<version>, failure>;

  std::shared_ptr<option_entry> entry_of(const actors::option_on_show& option);
  void join(const std::shared_ptr<option_entry>& entry, answer_slot<version_answer> slot);
  void ask(const std::shared_ptr<option_entry>& entry);
  void answered(const std::shared_ptr<option_entry>& entry, actors::outcome<domain::seat_list> told);

  actors::node& node_;
  std::mutex mutex_;
  boost::unordered_flat_map<domain::option_id, std::shared_ptr<option_entry>> entries_;
};

} // namespace frontrow::http
