import LeatPipeline

await WorkerProcess.serveIfRequested(RecipeSource<FilesRecipe>.self)
print("This program is a worker in Leat's tests of formats.")
