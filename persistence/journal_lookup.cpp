#include "persistence/journal_lookup.hpp"

#include "persistence/history_load.hpp"
#include "persistence/link.hpp"

#include <algorithm>

namespace frontrow::persistence {

namespace {

constexpr auto select_counts = "select type, count(*), max(version) from journal "
                               "where kind = $1::entity_kind and entity = $2::bigint and version > $3::bigint "
                               "group by type order by type";
const std::string select_trace =
    std::string{"select "} + detail::event_columns +
    " from journal j where j.kind = $1::entity_kind and j.entity = $2::bigint "
    // One event may belong to several requests: event_format.md, places_taken_together.
    "and string_to_array(j.trace_id, ' ') && string_to_array($3::text, ' ') "
    "order by j.version limit $4::bigint";

} // namespace

journal_view::answer<event_counts> counts_after(journal_view& journal, entity_address address, version_number after) {
  return journal.session_of(address.shard).link().read([&](pqxx::nontransaction& transaction) {
    event_counts counts{after, {}};
    for (const auto& row : transaction.exec_params(select_counts, std::string{domain::name_of(address.entity.kind)},
                                                   address.entity.id, after)) {
      counts.types.push_back({row[0].c_str(), detail::number_in(row[1])});
      counts.version = std::max(counts.version, detail::number_in(row[2]));
    }
    return counts;
  });
}

journal_view::answer<std::vector<stored_event>> events_of_trace(journal_view& journal, entity_address address,
                                                                const std::string& trace, std::size_t limit) {
  return journal.session_of(address.shard).link().read([&](pqxx::nontransaction& transaction) {
    return detail::events_in(transaction.exec_params(select_trace, std::string{domain::name_of(address.entity.kind)},
                                                     address.entity.id, trace, static_cast<std::int64_t>(limit)));
  });
}

} // namespace frontrow::persistence
