#pragma once

#include "persistence/journal_reader.hpp"
#include "persistence/link.hpp"

#include <memory>
#include <span>

namespace frontrow::persistence::detail {

struct load_request {
  entity_ref entity;
  std::shared_ptr<history_consumer> consumer;
  version_number after = 0; ///< what the consumer knows already
};

/// Snapshots larger than this are not fetched with a group but when their entity's turn comes.
inline constexpr std::int64_t group_snapshot_bytes_max = 64 * 1024;

/// Answers loads of one kind from one database: one query for the snapshots, one for the first `group_rows`
/// events after each of them; longer histories go on in pages. Every consumer is told its end.
void load_group(link& from, entity_kind kind, std::span<const load_request> requests, std::size_t group_rows,
                std::size_t page_rows);

/// One entity's history (see journal_view::load).
void load_one(link& from, entity_ref entity, const load_options& options, std::size_t page_rows,
              history_consumer& consumer);

} // namespace frontrow::persistence::detail
