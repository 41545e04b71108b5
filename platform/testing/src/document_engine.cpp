#include <edm/testing/document_store.hpp>

namespace edm::testing {

std::shared_ptr<document_disk> document_disk::copy() const
{
    std::lock_guard lock(mutex);
    auto other = std::make_shared<document_disk>();
    other->documents = documents;
    other->events = events;
    other->parked = parked;
    other->notes = notes;
    other->last_position = last_position;
    other->epoch = epoch;
    return other;
}

document_engine::document_engine(const disks& left_behind)
{
    restore(left_behind);
}

void document_engine::restore(const disks& left_behind)
{
    disks_.clear();
    for (const auto& [service, disk] : left_behind)
        disks_.emplace(service, disk->copy());
}

document_engine::disks document_engine::snapshot() const
{
    disks all;
    for (const auto& [service, disk] : disks_)
        all.emplace(service, disk->copy());
    return all;
}

std::unique_ptr<store> document_engine::open(std::string_view service, std::vector<database_schema>)
{
    auto& disk = disks_[std::string{service}];
    if (!disk)
        disk = std::make_shared<document_disk>();
    return make_document_store(disk, faults);
}

} // namespace edm::testing
