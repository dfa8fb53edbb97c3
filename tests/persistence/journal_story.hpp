#pragma once

#include "persistence/event_codec.hpp"
#include "tests/persistence/event_samples.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace frontrow::test {

using persistence::stored_event;

/// Rows as a journal would hold them, written by hand: entity by entity or mixed, versions counted.
class journal_story {
public:
  /// Appends an event; what comes back is its version.
  template <class Event>
  event_number add(entity_ref entity, const Event& event) {
    const auto version = ++versions_[entity];
    rows.push_back({.entity = entity, .version = version, .epoch = 1, .row = row(entity.kind, event)});
    return version;
  }

  template <class Event>
  event_number seats(option_id option, const Event& event) {
    return add({entity_kind::seat_map, option}, event);
  }
  template <class Event>
  event_number account(user_id user, const Event& event) {
    return add({entity_kind::account, user}, event);
  }
  template <class Event>
  event_number queue(concert_id concert, const Event& event) {
    return add({entity_kind::queue, concert}, event);
  }

  std::vector<stored_event> rows;

private:
  template <class Event>
  static persistence::event_row row(entity_kind kind, const Event& event) {
    if constexpr (std::is_constructible_v<domain::account::event, Event>) {
      if (kind == entity_kind::account)
        return persistence::row_of(domain::account::event(event), "story");
    } else if constexpr (std::is_constructible_v<domain::queue::event, Event>) {
      if (kind == entity_kind::queue)
        return persistence::row_of(domain::queue::event(event), "story");
    } else if (kind == entity_kind::seat_map) {
      return persistence::row_of(domain::seat_map::event(event), "story");
    }
    assert(false && "an event of another kind");
    return {};
  }

  std::map<entity_ref, event_number> versions_;
};

} // namespace frontrow::test
