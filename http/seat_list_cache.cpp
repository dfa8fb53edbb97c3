#include "http/seat_list_cache.hpp"

#include "http/seat_list_text.hpp"
#include "http/views_json.hpp"

#include <utility>

namespace frontrow::http {

/// The statuses at one version, and the texts made of them so far.
class seat_list_cache::version {
public:
  version(domain::option_id option, domain::seat_list list) : option_(option), list_(std::move(list)) {}

  domain::event_number number() const { return list_.version; }

  seat_list_text text(const seat_list_layout& layout, std::optional<domain::seat_status> only) {
    auto& slot = texts_[only ? static_cast<std::size_t>(*only) + 1 : 0];
    // Whoever comes second while the text is being made waits a millisecond for it, as long as making
    // it once more would take.
    std::call_once(slot.once, [&] {
      slot.json = std::make_shared<const std::string>(layout.text(option_, list_, only));
    });
    std::string etag = "\"" + std::to_string(option_) + "-" + std::to_string(list_.version);
    if (only)
      etag.append("-").append(name_of(*only));
    return {slot.json, etag + "\""};
  }

private:
  struct text_slot {
    std::once_flag once;
    std::shared_ptr<const std::string> json;
  };
  domain::option_id option_;
  domain::seat_list list_;
  std::array<text_slot, 4> texts_; // all, and one for each status
};

struct seat_list_cache::option_entry {
  option_entry(const actors::option_on_show& about, cluster::shard_id at)
      : option(about->option), shard(at), layout(about->terms) {}

  const domain::option_id option;
  const cluster::shard_id shard;
  const seat_list_layout layout;
  std::mutex mutex;
  bool asking = false;
  std::vector<answer_slot<version_answer>> asked;   // the question under way is theirs
  std::vector<answer_slot<version_answer>> waiting; // the next one will be
  std::shared_ptr<version> last;
};

seat_list_cache::seat_list_cache(actors::node& node) : node_(node) {}
seat_list_cache::~seat_list_cache() = default;

awaitable<seat_list_cache::answer> seat_list_cache::list(actors::option_on_show option,
                                                               std::optional<domain::seat_status> only) {
  auto entry = entry_of(option);
  auto told = co_await await_answer<version_answer>(
      [&](answer_slot<version_answer> slot) { join(entry, std::move(slot)); });
  if (!told)
    co_return answer{failure::unavailable};
  if (const auto* failed = std::get_if<failure>(&*told))
    co_return answer{*failed};
  co_return answer{std::get<std::shared_ptr<version>>(*told)->text(entry->layout, only)};
}

std::shared_ptr<seat_list_cache::option_entry>
seat_list_cache::entry_of(const actors::option_on_show& option) {
  {
    std::lock_guard lock{mutex_};
    if (const auto found = entries_.find(option->option); found != entries_.end())
      return found->second;
  }
  auto made = std::make_shared<option_entry>(
      option, node_.shard_of({domain::entity_kind::seat_map,
                              option->option})); // takes a while for a large hall: outside the lock
  std::lock_guard lock{mutex_};
  return entries_.try_emplace(option->option, std::move(made)).first->second;
}

std::shared_ptr<const seat_list_layout> seat_list_cache::layout_of(const actors::option_on_show& option) {
  auto entry = entry_of(option);
  const auto* layout = &entry->layout;
  return {std::move(entry), layout};
}

void seat_list_cache::join(const std::shared_ptr<option_entry>& entry, answer_slot<version_answer> slot) {
  // Without its database a seat map answers late or never: what is shown then is the last list, at once.
  const auto alive = node_.writer().available(entry->shard);
  {
    std::lock_guard lock{entry->mutex};
    if (!alive && entry->last)
      return slot.give(entry->last);
    if (entry->asking) {
      // The question under way may have been answered before this reader came: theirs is the next.
      entry->waiting.push_back(std::move(slot));
      return;
    }
    entry->asking = true;
    entry->asked.push_back(std::move(slot));
  }
  ask(entry);
}

void seat_list_cache::ask(const std::shared_ptr<option_entry>& entry) {
  domain::read_seats question;
  {
    std::lock_guard lock{entry->mutex};
    question.known_version = entry->last ? entry->last->number() : 0;
  }
  node_.ask<domain::seat_map>(
      entry->option, question, {},
      [this, entry](actors::outcome<domain::seat_list> told) { answered(entry, std::move(told)); });
}

void seat_list_cache::answered(const std::shared_ptr<option_entry>& entry,
                               actors::outcome<domain::seat_list> told) {
  std::vector<answer_slot<version_answer>> readers;
  version_answer told_all = failure::unavailable;
  bool more = false;
  {
    std::lock_guard lock{entry->mutex};
    if (auto* list = std::get_if<domain::seat_list>(&told)) {
      if (list->statuses.size() == entry->layout.seats())
        entry->last = std::make_shared<version>(entry->option, std::move(*list));
    }
    if (std::holds_alternative<domain::refused>(told))
      told_all = failure::not_open;
    else if (entry->last)
      told_all = entry->last;
    readers = std::move(entry->asked);
    entry->asked = std::exchange(entry->waiting, {});
    more = entry->asking = !entry->asked.empty();
  }
  for (auto& reader : readers)
    reader.give(told_all);
  if (more)
    ask(entry);
}

} // namespace frontrow::http
