#pragma once

#include "domain/account.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"

#include <cstdint>
#include <string>

/// Snapshots as the journal keeps them. A snapshot only saves time: one that cannot be used is ignored and
/// the events are replayed, so the layout may change freely with a new format number; no old one need be
/// readable. Pure functions.
///
/// Format 1 is JSON text. account and seat_map: the snapshot struct as in event_format.md ("the mapping").
/// queue: the same, but for the places, which stand in columns in order of place numbers from `first_place`
/// on (a person is one entry, of 23 to 45 bytes; as objects it would be 150):
///   "place_count"  how many
///   "users"        base64 of a signed varint each: the difference to the user before it (first: to 0)
///   "secrets", "commands"   as in event_format.md, `places_taken_together`
///   "statuses"     base64 of runs: one byte status, varint of how many have it in a row
///   "untils"       base64 of runs: signed varint of the difference to the run before in milliseconds (first:
///                  to 1970), varint of how many have it in a row
namespace frontrow::persistence {

/// The format that is written, and the only one that is read.
inline constexpr std::int32_t snapshot_format = 1;

/// Why a snapshot cannot be used: replay all events instead. `malformed` is worth a line in the log.
enum class unusable_snapshot : std::uint8_t { unknown_format = 1, malformed = 2 };

snapshot_row encode_snapshot(const domain::account::snapshot_type& snapshot);
snapshot_row encode_snapshot(const domain::queue::snapshot_type& snapshot);
snapshot_row encode_snapshot(const domain::seat_map::snapshot_type& snapshot);

/// Machine is account, queue or seat_map. Any bytes may be given: what comes back is well formed, and its
/// numbers are in their types' ranges; whether the state makes sense is not judged.
template <class Machine>
outcome<typename Machine::snapshot_type, unusable_snapshot> decode_snapshot(const snapshot_row& row);
template <>
outcome<domain::account::snapshot_type, unusable_snapshot>
decode_snapshot<domain::account>(const snapshot_row& row);
template <>
outcome<domain::queue::snapshot_type, unusable_snapshot>
decode_snapshot<domain::queue>(const snapshot_row& row);
template <>
outcome<domain::seat_map::snapshot_type, unusable_snapshot>
decode_snapshot<domain::seat_map>(const snapshot_row& row);

/// The whole state as a JSON object for operators: fields as in the structs, times in milliseconds. A queue's
/// places stand as objects with their numbers and without their secrets, which would let the reader shop in
/// another's name.
std::string state_json(const domain::account::snapshot_type& snapshot);
std::string state_json(const domain::queue::snapshot_type& snapshot);
std::string state_json(const domain::seat_map::snapshot_type& snapshot);

} // namespace frontrow::persistence
