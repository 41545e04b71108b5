#include <edm/assets/assets.hpp>

#include <gtest/gtest.h>
#include <zlib.h>

#include <set>
#include <string>

namespace {

using edm::assets::all_assets;
using edm::assets::find_asset;

/// What a browser makes of a gzip body.
std::string inflated(std::string_view compressed)
{
    z_stream stream{};
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
        return {};
    std::string text;
    char block[65536];
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream.avail_in = static_cast<uInt>(compressed.size());
    int state = Z_OK;
    while (state == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(block);
        stream.avail_out = sizeof block;
        state = inflate(&stream, Z_NO_FLUSH);
        text.append(block, sizeof block - stream.avail_out);
    }
    inflateEnd(&stream);
    return state == Z_STREAM_END ? text : std::string{};
}

/// The values of every src="…" and href="…" of a page.
std::set<std::string> links(std::string_view page)
{
    std::set<std::string> found;
    for (const std::string_view attribute : {"src=\"", "href=\""}) {
        for (auto at = page.find(attribute); at != page.npos; at = page.find(attribute, at + 1)) {
            const auto begin = at + attribute.size();
            found.emplace(page.substr(begin, page.find('"', begin) - begin));
        }
    }
    return found;
}

TEST(Assets, FindsEveryPageByItsExactPath)
{
    for (const auto path : {"/docs", "/docs/oauth2-redirect", "/redoc"}) {
        ASSERT_NE(find_asset(path), nullptr) << path;
        EXPECT_EQ(find_asset(path)->content_type, "text/html; charset=utf-8") << path;
    }
    for (const auto path : {"", "/", "/docs/", "/doc", "/docs/../docs", "/zzz"})
        EXPECT_EQ(find_asset(path), nullptr) << path;
}

TEST(Assets, GzipFormInflatesToTheBody)
{
    for (const auto& asset : all_assets()) {
        EXPECT_FALSE(asset.body.empty()) << asset.path;
        if (asset.gzip.empty())
            continue;
        EXPECT_LT(asset.gzip.size(), asset.body.size()) << asset.path;
        EXPECT_TRUE(inflated(asset.gzip) == asset.body) << asset.path;
    }
    EXPECT_FALSE(find_asset("/docs/swagger-ui-bundle.js")->gzip.empty());
}

TEST(Assets, EtagsAreQuotedAndDifferWhereBodiesDiffer)
{
    std::set<std::string_view> etags;
    for (const auto& asset : all_assets()) {
        EXPECT_EQ(asset.etag.size(), 34U) << asset.path;
        EXPECT_EQ(asset.etag.front(), '"') << asset.path;
        EXPECT_EQ(asset.etag.back(), '"') << asset.path;
        etags.insert(asset.etag);
    }
    EXPECT_EQ(etags.size(), all_assets().size());
}

TEST(Assets, PagesLinkOnlyToWhatTheBinaryServes)
{
    for (const auto path : {"/docs", "/docs/oauth2-redirect", "/redoc"}) {
        for (const auto& link : links(find_asset(path)->body))
            EXPECT_TRUE(link == "/openapi.json" || find_asset(link) != nullptr) << path << " links to " << link;
    }
}

TEST(Assets, PagesHaveNoInlineScriptAndNoOutsideAddress)
{
    for (const auto path : {"/docs", "/docs/oauth2-redirect", "/redoc"}) {
        const auto body = find_asset(path)->body;
        EXPECT_EQ(body.find("<script>"), body.npos) << path;
        EXPECT_EQ(body.find("://"), body.npos) << path;
    }
    const auto bundle = find_asset("/redoc/redoc.standalone.js")->body;
    EXPECT_EQ(bundle.find("cdn.redoc.ly"), bundle.npos);
    EXPECT_EQ(bundle.find("fonts.googleapis"), bundle.npos);
}

TEST(Assets, SwaggerUiIsSetUpAsUsersOfTheseDocumentsExpect)
{
    const auto script = find_asset("/docs/docs.js")->body;
    for (const auto option : {"url: \"/openapi.json\"", "deepLinking: true", "persistAuthorization: true",
                              "tryItOutEnabled: true", "displayRequestDuration: true", "validatorUrl: null",
                              "oauth2RedirectUrl: window.location.origin + \"/docs/oauth2-redirect\""})
        EXPECT_NE(script.find(option), script.npos) << option;
}

} // namespace
