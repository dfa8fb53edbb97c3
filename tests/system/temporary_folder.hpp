#pragma once

#include <filesystem>

namespace frontrow::test {

/// A folder of one's own below the system's folder for such, gone with this object. Others may look into it: a
/// database server that runs under another user must reach its own folder.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace frontrow::test
