#pragma once

#include "persistence/journal_reader.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Questions of operators to the journal. Blocking: for threads that may.
namespace frontrow::persistence {

struct event_count {
  std::string type;
  std::int64_t count = 0;
};
struct event_counts {
  version_number version = 0; ///< of the last event counted, or `after`
  std::vector<event_count> types;
};
/// How many events of each type an actor has had after a version: a range of the primary key.
journal_view::answer<event_counts> counts_after(journal_view& journal, entity_address address, version_number after);

/// An actor's events that one request led to, ascending by version. Reads the actor's whole history.
journal_view::answer<std::vector<stored_event>> events_of_trace(journal_view& journal, entity_address address,
                                                                const std::string& trace, std::size_t limit);

} // namespace frontrow::persistence
