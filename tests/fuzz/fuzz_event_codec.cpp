#include "persistence/audit.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/purchase_history.hpp"
#include "persistence/snapshot_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// Any bytes, read as every event and every snapshot, and by everything that reads the journal. Nothing may
// crash; what can be read must survive writing and reading again.

namespace {

using namespace frontrow;
using persistence::decode_event;
using persistence::entity_kind;

void require(bool holds) {
  if (!holds)
    std::abort();
}

void feed_readers(entity_kind kind, std::string_view type, const std::string& data) {
  persistence::audit audit;
  persistence::purchase_history history(7);
  for (std::int64_t version = 1; version <= 2; ++version) {
    const persistence::stored_event row{
        .entity = {kind, 7},
        .version = version,
        .epoch = 1,
        .row = {.type = std::string(type), .data = data, .at = {}, .trace_id = {}, .party = {}}};
    audit.add(row);
    history.add(row);
  }
  require(!audit.finish().json().empty());
}

template <class Event>
void try_event(entity_kind kind, std::string_view type, const std::string& data) {
  const auto event = decode_event<Event>(type, data);
  if (!event)
    return;
  feed_readers(kind, type, data);
  std::string once;
  persistence::append_event(once, *event);
  const auto again = decode_event<Event>(persistence::type_of(*event), once);
  require(static_cast<bool>(again));
  std::string twice;
  persistence::append_event(twice, *again);
  require(once == twice);
}

template <class Event, std::size_t Index = 0>
void try_events(entity_kind kind, const std::string& data) {
  if constexpr (Index < std::variant_size_v<Event>) {
    using alternative = std::variant_alternative_t<Index, Event>;
    try_event<Event>(kind, persistence::event_name<alternative>, data);
    if constexpr (!persistence::former_event_name<alternative>.empty())
      try_event<Event>(kind, persistence::former_event_name<alternative>, data);
    try_events<Event, Index + 1>(kind, data);
  }
}

template <class Machine>
void try_snapshot(const std::string& data) {
  for (const std::int64_t version : {1, 41}) {
    const auto snapshot = persistence::decode_snapshot<Machine>(
        {.version = version, .format = persistence::snapshot_format, .data = data});
    if (!snapshot)
      continue;
    require(!persistence::state_json(*snapshot).empty());
    const auto again = persistence::decode_snapshot<Machine>(persistence::encode_snapshot(*snapshot));
    require(again && *again == *snapshot);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string data(reinterpret_cast<const char*>(bytes), size);
  try_events<domain::account::event>(entity_kind::account, data);
  try_events<domain::queue::event>(entity_kind::queue, data);
  try_events<domain::seat_map::event>(entity_kind::seat_map, data);
  try_snapshot<domain::account>(data);
  try_snapshot<domain::queue>(data);
  try_snapshot<domain::seat_map>(data);
  return 0;
}
