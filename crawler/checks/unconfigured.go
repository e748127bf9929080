package checks

// everywhere takes that out of a script in lower case.
var everywhere = without(
	"comments_per_page", "comments_popup", // WordPress's queries
	`"commentcount":0`, `"commentcount":"0"`, `"commentscount":0`, `"commentscount": "0"`, // schema.org's count, and others' of a story that nobody commented on
	`"commentcount": 0,`, `"comment": []`, `"comment":[]`, // the same, and that there is none to list
	`form[action*="/comments"] input[name="form_type"][value="new_comment"]`, `["/contact","/comments","/account"]`, // the forms that Shopify's script guards in every shop
	"features_comment_ratings", "template_color_comment_rating", // a recipe plugin's settings
	"createcomment(", "uncomment", // a remark in a page's source, and what its programmer may do with one
	`"commentlikesallowed"`, `"commentanonallowed"`, `"commentthreaded"`, `"commentapprovalrequired"`, `"commentavatarson"`, `"commentsorttype"`, // Squarespace's settings of a site
	`"commentflagthreshold"`, `"commentflagsallowed"`, `"commentenablebydefault"`, `"commentdisableafterdaysdefault"`,
	`"disqusshortname":"","commentsenabled":false`, `"disqusshortname":""`, `"disqus_shortname":""`, `"disqus":false`, // no account of Disqus
	`"comment":{"reference":"`,                                                                                       // where WordPress has its translations from
	`modules\/comment\/comment.css`,                                                                                  // Drupal 7's style sheet of a module that is installed
	`"show_comments":"show comments"`, `"expand_comments":"expand comments","collapse_comments":"collapse comments"`, // words of the themes Astra and Newspack
	`"url":"website","comment":"comment"`, `"url":"website","comment":"kommentar"`, // labels that WP Accessibility gives to fields
	`"commentform":"","preloadcomment":""`,                                                                           // what WordPress's cache Hummingbird is not to load later
	"data-comments-opened=",                                                                                          // of a picture's own page, as Jetpack notes it
	`"inline_comments":[]`,                                                                                           // editors' notes within a paragraph of Arc's
	`"co":"kommentar"`, `"co": "kommentar"`, `co: "kommentar"`, `co: 'kommentar'`, `co:'kommentar'`, `"ivw_comment"`, // how INFOnline's counter shows what to write there, and where a page keeps it
	`"comment_count":false`,             // what WordPress Popular Posts is not to show
	"fixed_height_comments",             // how high Opta's report of a match is to be
	"hljs-comment",                      // a remark in a listing of code, as highlight.js marks it
	".woocommerce-reviews .commentlist", // where Germanized finds a shop's reviews
)
